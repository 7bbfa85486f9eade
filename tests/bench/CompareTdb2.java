// Apache Jena TDB2 behind a pipe, for `compare`: `LOAD FILE`, `QUERY FILE`, `EMPTY`, answered by a line as VirtuosoPeer.cpp's.
// `CompareTdb2 DIRECTORY`: an empty one; the store is made there by TDB2's bulk loader.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.jena.graph.Node;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.ResultSet;
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

  static void query(String text) {
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
        hash = BASIS;
        for (String name : names) term(binding.get(Var.alloc(name)));
        sum += hash;
        ++rows;
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    dataset = TDB2Factory.connectDataset(arguments[0]);
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int blank = line.indexOf(' ');
      String verb = blank < 0 ? line : line.substring(0, blank);
      try {
        String text = verb.equals("QUERY") ? Files.readString(Path.of(line.substring(blank + 1))) : "ASK {}";
        long start = System.nanoTime();
        if (verb.equals("LOAD")) {
          DataLoader loader = LoaderFactory.parallelLoader(dataset.asDatasetGraph(), LoaderOps.outputToLog());
          loader.startBulk();
          loader.load(line.substring(blank + 1));
          loader.finishBulk();
          System.out.printf(Locale.ROOT, "ok %.6f%n", (System.nanoTime() - start) / 1e9);
        } else {
          Txn.executeRead(dataset, () -> query(text));
          System.out.printf(Locale.ROOT, "ok %.6f %d %s%n", (System.nanoTime() - start) / 1e9, rows, Long.toUnsignedString(sum));
        }
      } catch (Throwable error) {
        System.out.println("fail " + String.valueOf(error).replace('\n', ' '));
      }
      System.out.flush();
    }
  }
}
