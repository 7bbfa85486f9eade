#include "tests/w3c/runner.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <variant>

#include "engine/io/rdf_writer.h"
#include "grammar/parse.h"
#include "tests/rdf_text.h"
#include "tests/w3c/comparison.h"
#include "tests/w3c/result_set.h"

namespace dossier::w3c {
namespace {

// ---- queries and updates

QueryOptions options_of(const W3cTest& test) {
  QueryOptions options;
  options.base = test.action.iri;
  return options;
}

std::string run_syntax(const W3cTest& test) {
  const bool update = test.type.find("Update") != std::string::npos;
  const bool negative = test.type.find("Negative") != std::string::npos;
  const std::string text = read_file(test.action.path);
  try {
    check_syntax(text, update, test.action.iri);
  } catch (const ParseError& error) {
    return negative ? "" : std::string("is legal, but was refused: ") + error.what();
  }
  return negative ? "is not legal, but was taken:\n" + text : "";
}

void load(Session& session, const NamedFile& file) {
  LoadOptions options;
  options.base = file.iri;
  if (!file.graph.empty()) options.graph = Term::iri(file.graph);
  session.load({file.path.string()}, options);
}

std::optional<Format> format_of_media_type(const std::string& type) {
  if (type == "text/turtle") return Format::ttl;
  if (type == "application/n-triples") return Format::nt;
  if (type == "application/rdf+xml") return Format::rdfxml;
  return std::nullopt;
}

// Makes data in one store, and loads what it writes into another.
void load_made(Session& session, const W3cTest::MadeData& made) {
  const auto format = format_of_media_type(made.media_type);
  if (!format) throw std::runtime_error("nothing writes " + made.media_type);
  Store source = Store::open(":memory:");
  QueryOptions options;
  options.base = made.query.iri;
  Result result = source.session().query(read_file(made.query.path), options);
  std::string pattern = (fs::temp_directory_path() / "dossier-made-XXXXXX").string();
  const int handle = mkstemp(pattern.data());
  if (handle < 0) throw std::runtime_error("no temporary file");
  close(handle);
  std::ofstream out(pattern, std::ios::binary);
  result.write(out, *format);
  out.close();
  LoadOptions load_options;
  load_options.format = format;
  session.load({pattern}, load_options);
  fs::remove(pattern);
}

grammar::Query parsed(const W3cTest& test, const std::string& text) {
  return grammar::parse_query(text, {test.action.iri, {}});
}

// The files that the query names itself (FROM, FROM NAMED) where the manifest names none: they stand beside
// it.
std::vector<NamedFile> files_of_dataset(const W3cTest& test, const grammar::Query& query) {
  std::vector<NamedFile> files;
  const std::string folder = test.action.iri.substr(0, test.action.iri.rfind('/') + 1);
  for (const auto& graphs : {query.dataset.default_graphs, query.dataset.named_graphs})
    for (const grammar::Iri& graph : graphs) {
      if (!graph.value.starts_with(folder)) continue;
      const fs::path path = test.action.path.parent_path() / graph.value.substr(folder.size());
      const bool known = std::any_of(files.begin(), files.end(),
                                     [&](const NamedFile& file) { return file.graph == graph.value; });
      if (!known && fs::exists(path)) files.push_back({graph.value, graph.value, path});
    }
  return files;
}

ResultTable table_of(Result& result) {
  ResultTable table;
  if (result.kind() == Result::Kind::boolean) {
    table.boolean = result.boolean();
    return table;
  }
  table.variables = result.variables();
  for (auto rows = result.batch(1000); !rows.empty(); rows = result.batch(1000))
    std::move(rows.begin(), rows.end(), std::back_inserter(table.rows));
  return table;
}

// Written in a format and read again.
ResultTable table_through(Result& result, Format format) {
  std::ostringstream out;
  result.write(out, format);
  return read_results(out.str(), format);
}

std::vector<Quad> triples_of(Result& result) {
  std::vector<Quad> quads;
  for (auto& row : table_of(result).rows) quads.push_back({*row[0], *row[1], *row[2], std::nullopt});
  return quads;
}

std::string run_query(const W3cTest& test) {
  const std::string text = read_file(test.action.path);
  const grammar::Query query = parsed(test, text);
  Store store = Store::open(":memory:");
  Session session = store.session();
  for (const NamedFile& file : test.data.empty() ? files_of_dataset(test, query) : test.data)
    load(session, file);
  if (test.made_data) load_made(session, *test.made_data);

  if (!test.result) return "the manifest names no result";
  const auto expected = read_expected_result(*test.result);
  const auto* select = std::get_if<grammar::SelectQuery>(&query.form);
  const bool ordered = (expected && expected->ordered) || (select != nullptr && !select->modifier.order_by.empty());
  const auto judge = [&]() -> std::string {
    Result result = session.query(text, options_of(test));
    if (!expected) {
      if (result.kind() != Result::Kind::triples) return "the result is a graph, but the query gives none";
      return compare_quads(read_quads(*test.result), triples_of(result));
    }
    const ResultTable given = expected->format ? table_through(result, *expected->format) : table_of(result);
    return compare_results(expected->table, given, ordered ? Order::fixed : Order::free,
                           test.lax_cardinality ? Cardinality::lax : Cardinality::exact);
  };
  if (const std::string difference = judge(); !difference.empty()) return difference;
  // The second time with the plan of the first, where that is kept.
  const std::string again = judge();
  return again.empty() ? again : "asked again: " + again;
}

std::vector<Quad> quads_of(const std::vector<NamedFile>& files) {
  std::vector<Quad> all;
  std::size_t number = 0;
  for (const NamedFile& file : files) {
    std::vector<Quad> quads = read_quads(file);
    // Labels hold for one file; the same one in another is another node.
    const std::string prefix = "f" + std::to_string(number++) + "_";
    const auto renamed = [&](const auto& self, const Term& term) -> Term {
      if (term.is_blank()) return Term::blank(prefix + std::string(term.value()));
      if (!term.is_triple()) return term;
      return Term::triple(self(self, term.subject()), term.predicate(), self(self, term.object()));
    };
    for (Quad& quad : quads) {
      quad.subject = renamed(renamed, quad.subject);
      quad.object = renamed(renamed, quad.object);
      if (quad.graph) quad.graph = renamed(renamed, *quad.graph);
      if (!quad.graph && !file.graph.empty()) quad.graph = Term::iri(file.graph);
      all.push_back(std::move(quad));
    }
  }
  return all;
}

std::string run_update(const W3cTest& test) {
  Store store = Store::open(":memory:");
  Session session = store.session();
  for (const NamedFile& file : test.data) load(session, file);
  session.update(read_file(test.action.path), options_of(test));
  std::vector<Quad> given;
  QuadPattern everything;
  everything.any_graph = true;
  for (QuadCursor cursor = session.match(everything); cursor.next();) given.push_back(cursor.quad());
  const std::vector<Quad> expected = test.result ? quads_of({*test.result}) : quads_of(test.result_data);
  return compare_quads(expected, given);
}

// ---- documents

std::optional<Format> format_of_type(const std::string& type) {
  if (type.starts_with("TestNTriples")) return Format::nt;
  if (type.starts_with("TestNQuads")) return Format::nq;
  if (type.starts_with("TestTurtle")) return Format::ttl;
  if (type.starts_with("TestTrig")) return Format::trig;
  if (type.starts_with("TestXML")) return Format::rdfxml;
  return std::nullopt;
}

std::string written(const std::vector<Quad>& quads, Format format, bool canonical) {
  std::ostringstream out;
  const auto writer =
      make_rdf_writer(out, format, {{{"", "http://example/"}, {"ex", "http://www.w3.org/2013/"}}, canonical});
  for (const Quad& quad : quads) writer->write(quad);
  writer->finish();
  return std::move(out).str();
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

// What was read can be written and read again, in each format that holds it.
std::string check_writers(const std::vector<Quad>& quads) {
  const bool named =
      std::any_of(quads.begin(), quads.end(), [](const Quad& quad) { return quad.graph.has_value(); });
  for (const Format to : {Format::nq, Format::trig, Format::nt, Format::ttl, Format::rdfxml}) {
    if (named && to != Format::nq && to != Format::trig) continue;
    std::string text;
    try {
      text = written(quads, to, false);
      const std::string problem = compare_quads(quads, test::read_quads(text, to, ""));
      if (!problem.empty()) return "written and read again it differs: " + problem + "\n" + text;
    } catch (const DataError& error) {
      return std::string("written, it cannot be read again: ") + error.what() + "\n" + text;
    } catch (const QueryError& error) {
      // Some predicates are no XML names, some characters are none of XML.
      if (to != Format::rdfxml) return std::string("cannot be written: ") + error.what();
    }
  }
  return "";
}

std::string run_document(const W3cTest& test, Format format) {
  const bool negative = test.type.find("Negative") != std::string::npos;
  std::vector<Quad> quads;
  try {
    quads = test::read_quads(read_file(test.action.path), format, test.action.iri);
  } catch (const DataError& error) {
    return negative ? "" : std::string("is legal, but was refused: ") + error.what();
  }
  if (negative) return "is not legal, but was read";
  if (test.type.ends_with("C14N")) {
    const std::string text = written(quads, format, true);
    const bool same = sorted_lines(text) == sorted_lines(read_file(test.result->path));
    return same ? "" : "the canonical form differs:\n" + text;
  }
  if (test.type.ends_with("Eval")) {
    const std::string problem = compare_quads(read_quads(*test.result), quads);
    if (!problem.empty()) return problem;
  }
  return check_writers(quads);
}

std::string run_by_type(const W3cTest& test) {
  if (test.type.find("Syntax") != std::string::npos && test.type.starts_with("Test") == false)
    return run_syntax(test);
  if (test.type == "QueryEvaluationTest" || test.type == "CSVResultFormatTest") return run_query(test);
  if (test.type == "UpdateEvaluationTest") return run_update(test);
  if (const auto format = format_of_type(test.type)) return run_document(test, *format);
  return "nothing runs a test of type " + test.type;
}

}  // namespace

std::string run(const W3cTest& test) {
  try {
    return run_by_type(test);
  } catch (const std::exception& error) {
    return std::string("ended with an error: ") + error.what();
  }
}

}  // namespace dossier::w3c
