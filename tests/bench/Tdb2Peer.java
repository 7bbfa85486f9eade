// Apache Jena TDB2 behind a pipe, for `commits_bench`: `OPEN place triples` makes a store in a directory, with so many
// triples in one transaction; `RUN place n` adds n triples, a write transaction each, and answers with the seconds.
// The triples are those of commits.cpp: random acquaintances.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.HashMap;
import java.util.Map;
import org.apache.jena.graph.Node;
import org.apache.jena.graph.NodeFactory;
import org.apache.jena.query.Dataset;
import org.apache.jena.sparql.core.DatasetGraph;
import org.apache.jena.sparql.core.Quad;
import org.apache.jena.system.Txn;
import org.apache.jena.tdb2.TDB2Factory;

public class Tdb2Peer {
  static final Node KNOWS = NodeFactory.createURI("http://example.org/knows");
  static final long PERSONS = 20000;
  static long state = 7;

  static Node person() {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return NodeFactory.createURI("http://example.org/person/" + Long.remainderUnsigned(state >>> 20, PERSONS));
  }

  static void add(DatasetGraph graph) {
    graph.add(Quad.defaultGraphIRI, person(), KNOWS, person());
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, DatasetGraph> stores = new HashMap<>();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      int count = Integer.parseInt(words[2]);
      long start = System.nanoTime();
      if (words[0].equals("OPEN")) {
        Dataset dataset = TDB2Factory.connectDataset(words[1]);
        DatasetGraph graph = dataset.asDatasetGraph();
        stores.put(words[1], graph);
        Txn.executeWrite(graph, () -> {
          for (int i = 0; i < count; ++i) add(graph);
        });
      } else {
        DatasetGraph graph = stores.get(words[1]);
        for (int i = 0; i < count; ++i) Txn.executeWrite(graph, () -> add(graph));
      }
      System.out.println((System.nanoTime() - start) / 1e9);
      System.out.flush();
    }
  }
}
