// Apache Jena ARQ behind a pipe, for the differential test: see README.md and `PipePeer` in peer.h for the protocol.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.jena.atlas.lib.EscapeStr;
import org.apache.jena.graph.Node;
import org.apache.jena.graph.Triple;
import org.apache.jena.query.ARQ;
import org.apache.jena.query.Query;
import org.apache.jena.query.QueryExecution;
import org.apache.jena.query.QueryExecutionFactory;
import org.apache.jena.query.QueryFactory;
import org.apache.jena.query.Dataset;
import org.apache.jena.query.DatasetFactory;
import org.apache.jena.query.ResultSet;
import org.apache.jena.query.Syntax;
import org.apache.jena.riot.Lang;
import org.apache.jena.riot.RDFParser;
import org.apache.jena.riot.lang.LabelToNode;
import org.apache.jena.sparql.core.DatasetGraph;
import org.apache.jena.sparql.core.DatasetGraphFactory;
import org.apache.jena.sparql.core.Var;
import org.apache.jena.sparql.engine.binding.Binding;

public class JenaServer {
  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String data = lines(in, Integer.parseInt(line.substring(5)));
      line = in.readLine();
      String query = lines(in, Integer.parseInt(line.substring(6)));
      StringBuilder reply = new StringBuilder();
      try {
        answer(data, query, reply);
      } catch (Throwable error) {
        reply.setLength(0);
        reply.append("ERROR ").append((error.getClass().getSimpleName() + " " + error.getMessage()).replace('\n', ' ')).append('\n');
      }
      out.print(reply.append("END\n"));
      out.flush();
    }
  }

  static String lines(BufferedReader in, int count) throws Exception {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; ++i) text.append(in.readLine()).append('\n');
    return text.toString();
  }

  static void answer(String data, String text, StringBuilder reply) {
    // The transactional dataset matches terms as terms; the older one in memory matches equal values.
    DatasetGraph graph = DatasetGraphFactory.createTxnMem();
    RDFParser.create().source(new StringReader(data)).lang(Lang.NQUADS).labelToNode(LabelToNode.createUseLabelAsGiven()).checking(false).parse(graph);
    Dataset dataset = DatasetFactory.wrap(graph);
    Query query = QueryFactory.create(text, Syntax.syntaxSPARQL_11);
    try (QueryExecution execution = QueryExecutionFactory.create(query, dataset)) {
      // The algebra as it is translated: the rewrites have differences of their own.
      execution.getContext().set(ARQ.optimization, false);
      if (query.isAskType()) {
        reply.append("BOOLEAN ").append(execution.execAsk()).append('\n');
      } else if (query.isConstructType() || query.isDescribeType()) {
        reply.append("TRIPLES\n");
        Iterator<Triple> triples = query.isConstructType() ? execution.execConstructTriples() : execution.execDescribeTriples();
        while (triples.hasNext()) {
          Triple triple = triples.next();
          reply.append(cell(triple.getSubject())).append('\t').append(cell(triple.getPredicate())).append('\t').append(cell(triple.getObject())).append('\n');
        }
      } else {
        ResultSet rows = execution.execSelect();
        List<String> names = rows.getResultVars();
        reply.append("ROWS");
        for (String name : names) reply.append(' ').append(name);
        reply.append('\n');
        while (rows.hasNext()) {
          Binding row = rows.nextBinding();
          for (int i = 0; i < names.size(); ++i) reply.append(i > 0 ? "\t" : "").append(cell(row.get(Var.alloc(names.get(i)))));
          reply.append('\n');
        }
      }
    }
  }

  static String cell(Node node) {
    if (node == null) return "-";
    if (node.isURI()) return "<" + node.getURI() + ">";
    if (node.isBlank()) return "_:" + node.getBlankNodeLabel();
    String text = "\"" + EscapeStr.stringEsc(node.getLiteralLexicalForm()) + "\"";
    if (!node.getLiteralLanguage().isEmpty()) return text + "@" + node.getLiteralLanguage();
    return text + "^^<" + node.getLiteralDatatypeURI() + ">";
  }
}
