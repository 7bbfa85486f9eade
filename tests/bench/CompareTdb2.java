// Apache Jena TDB2 behind a pipe, for `compare`: the commands of VirtuosoPeer.cpp. `CompareTdb2 DIRECTORY`: where its store
// is, or is made by TDB2's bulk loader.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.jena.graph.Node;
import org.apache.jena.graph.NodeFactory;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.ResultSet;
import org.apache.jena.query.ResultSetFormatter;
import org.apache.jena.sparql.core.DatasetGraph;
import org.apache.jena.sparql.core.Var;
import org.apache.jena.sparql.engine.binding.Binding;
import org.apache.jena.system.Txn;
import org.apache.jena.tdb2.TDB2Factory;
import org.apache.jena.tdb2.loader.DataLoader;
import org.apache.jena.tdb2.loader.LoaderFactory;
import org.apache.jena.tdb2.loader.base.LoaderOps;

public class CompareTdb2 {
  static final long BASIS = 0xCBF29CE484222325L;
  static final int TIMEOUT = 60;
  static Dataset dataset;
  static long hash, sum, rows;
  static long passed;  // so that what is passed is read

  static void cell(String text) {
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) hash = (hash ^ (value & 0xFF)) * 0x100000001B3L;
    hash = (hash ^ 0x1F) * 0x100000001B3L;
  }

  static void number(double value) {
    cell(String.format(Locale.ROOT, "%.6e", value == 0 ? 0.0 : value));
  }

  static void literal(String text) {
    if (text.equals("true") || text.equals("false")) {
      number(text.equals("true") ? 1 : 0);
      return;
    }
    if (!text.isEmpty() && (text.charAt(0) == '-' || text.charAt(0) == '+' || Character.isDigit(text.charAt(0)))) {
      try {
        char last = text.charAt(text.length() - 1);
        if (last >= '0' && last <= '9' || last == '.') {
          number(Double.parseDouble(text));
          return;
        }
      } catch (NumberFormatException ignored) {
      }
    }
    cell(text);
  }

  static void term(Node node) {
    if (node == null) cell("");
    else if (node.isURI()) cell(node.getURI());
    else if (node.isBlank()) cell("_");
    else literal(node.getLiteralLexicalForm());
  }

  // Reads all of an answer; without `summed` each cell's text, and no more.
  static void query(String text, boolean summed) {
    hash = BASIS;
    sum = rows = 0;
    Query query = QueryFactory.create(text);
    try (QueryExecution execution = QueryExecution.dataset(dataset).query(query).timeout(TIMEOUT, TimeUnit.SECONDS).build()) {
      if (query.isAskType()) {
        number(execution.execAsk() ? 1 : 0);
        sum = hash;
        rows = 1;
        return;
      }
      ResultSet results = execution.execSelect();
      List<String> names = results.getResultVars();
      while (results.hasNext()) {
        Binding binding = results.nextBinding();
        ++rows;
        hash = BASIS;
        for (String name : names) {
          Node node = binding.get(Var.alloc(name));
          if (summed) term(node);
          else if (node != null) passed += node.isLiteral() ? node.getLiteralLexicalForm().length() : node.toString().length();
        }
        sum += hash;
      }
    }
  }

  static void write(String format, String text) {
    Query query = QueryFactory.create(text);
    try (QueryExecution execution = QueryExecution.dataset(dataset).query(query).timeout(TIMEOUT, TimeUnit.SECONDS).build()) {
      ResultSet results = execution.execSelect();
      OutputStream out = OutputStream.nullOutputStream();
      if (format.equals("json")) ResultSetFormatter.outputAsJSON(out, results);
      else ResultSetFormatter.outputAsTSV(out, results);
      rows = results.getRowNumber();
    }
  }

  static void load(DatasetGraph graph, String graphName, String file) {
    DataLoader loader = graphName == null ? LoaderFactory.parallelLoader(graph, LoaderOps.outputToLog())
                                          : LoaderFactory.parallelLoader(graph, NodeFactory.createURI(graphName), LoaderOps.outputToLog());
    loader.startBulk();
    loader.load(file);
    loader.finishBulk();
  }

  static long peakBytes() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    return 0;
  }

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0], "store");
    Files.createDirectories(directory);
    dataset = TDB2Factory.connectDataset(directory.toString());
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      String last = words[words.length - 1];
      try {
        boolean asks = words[0].equals("QUERY") || words[0].equals("TIME") || words[0].equals("WRITE");
        String text = asks ? Files.readString(Path.of(last)) : "";
        long start = System.nanoTime();
        rows = sum = 0;
        switch (words[0]) {
          case "LOAD" -> load(dataset.asDatasetGraph(), null, last);
          case "NAMED" -> load(dataset.asDatasetGraph(), words[1], last);
          case "WRITE" -> Txn.executeRead(dataset, () -> write(words[1], text));
          case "MEMORY" -> sum = peakBytes();
          case "EMPTY" -> {  // the clock runs in this process: nothing is to be taken off
            System.out.println("ok 0 0 0");
            System.out.flush();
            continue;
          }
          default -> Txn.executeRead(dataset, () -> query(text, words[0].equals("QUERY")));
        }
        System.out.printf(Locale.ROOT, "ok %.6f %d %s%n", (System.nanoTime() - start) / 1e9, rows, Long.toUnsignedString(sum));
      } catch (Throwable error) {
        System.out.println("fail " + String.valueOf(error).replace('\n', ' '));
      }
      System.out.flush();
    }
  }
}
