// Queries, data first: every file of tests/cases holds graphs, queries and what they must give.
//
// A case file has sections, each begun by a line `--- NAME`:
//   --- graph               Turtle or TriG, the data of the cases that follow (it replaces the data before)
//   --- file NAME           a file for LOAD; `{files}` in updates is the IRI of its folder
//   --- update              applied to the present data
//   --- update fails TEXT   an update that must fail with a message that holds TEXT
//   --- expect store        TriG, all that the store holds, compared up to blank nodes
//   --- query NAME          a case
//   --- expect rows         a header of variables, then a line a row, in any order; `-` is unbound
//   --- expect ordered      likewise, in this order
//   --- expect boolean      true or false
//   --- expect graph        Turtle, compared up to blank nodes
//   --- expect count        the number of rows
//   --- expect error TEXT   a message that holds TEXT
//   --- expect explain TEXT the plan holds TEXT
//   --- parse NAME          a query that must parse; well-known prefixes need no declaration
//   --- expressions NAME    lines EXPRESSION => TERM, without a pattern; the TERM `error` is an error
// Terms are Turtle with the prefixes `:` (http://e/), xsd, rdf and cdt; `_` stands for any blank node.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "engine/dossier.h"
#include "engine/io/file_iri.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"
#include "tests/isomorphism.h"
#include "tests/program.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

const std::vector<std::pair<std::string, std::string>> kPrefixes = {
    {"", "http://e/"},
    {"xsd", "http://www.w3.org/2001/XMLSchema#"},
    {"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
    {"cdt", "http://w3id.org/awslabs/neptune/SPARQL-CDTs/"}};

std::string prologue() {
  std::string text;
  for (const auto& [label, iri] : kPrefixes) text += "PREFIX " + label + ": <" + iri + ">\n";
  return text;
}

struct Section {
  std::string kind;
  std::string argument;
  std::string text;
  int line = 0;
};

std::vector<Section> read_case(const fs::path& path) {
  std::ifstream in(path);
  std::vector<Section> sections;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.rfind("--- ", 0) == 0) {
      Section section;
      std::istringstream words(line.substr(4));
      words >> section.kind;
      std::getline(words >> std::ws, section.argument);
      section.line = number;
      sections.push_back(section);
    } else if (!sections.empty() && (line.empty() || line[0] != '#')) {
      sections.back().text += line + "\n";
    }
  }
  return sections;
}

struct Answer {
  Execution::Kind kind = Execution::Kind::solutions;
  std::vector<std::string> variables;
  std::vector<std::vector<std::string>> rows;
  std::vector<Quad> triples;
  bool boolean = false;
  std::string plan;
};

void read_answer(Execution& execution, QueryContext& context, Answer& answer) {
  answer.rows.clear();
  answer.triples.clear();
  if (answer.kind == Execution::Kind::boolean) {
    answer.boolean = execution.boolean();
    return;
  }
  Batch batch;
  while (execution.next(batch))
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (answer.kind == Execution::Kind::triples) {
        answer.triples.push_back({context.terms().term(batch.columns[0][row]),
                                  context.terms().term(batch.columns[1][row]),
                                  context.terms().term(batch.columns[2][row]), std::nullopt});
        continue;
      }
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < answer.variables.size(); ++i) {
        const Id id = batch.columns[i][row];
        if (!id.is_bound())
          cells.push_back("-");
        else if (context.terms().kind(id) == TermKind::blank)
          cells.push_back("_");
        else
          cells.push_back(context.terms().term(id).to_string());
      }
      answer.rows.push_back(std::move(cells));
    }
}

// Asks once; and where the plan can be set back, again, after a run that is left at its first batch: with the
// same answer.
Answer ask(Database& database, const std::string& text, const ExecuteOptions& options = {},
           const QueryLimits& limits = {}) {
  grammar::ParseOptions parse_options;
  parse_options.prefixes = kPrefixes;
  parse_options.base = "http://e/";
  parse_options.known_prefixes = true;
  const grammar::Query query = grammar::parse_query(text, parse_options);
  QueryContext context(database.snapshot(), limits, nullptr, parse_options.base);
  const auto execution = execute(query, context, options);
  Answer answer;
  answer.kind = execution->kind();
  answer.variables = execution->variables();
  answer.plan = execution->explain(false);
  read_answer(*execution, context, answer);
  if (!execution->rewind()) return answer;
  if (answer.kind != Execution::Kind::boolean) {
    Batch first;
    execution->next(first);
    EXPECT_TRUE(execution->rewind()) << answer.plan;
  }
  context.renew(limits.timeout, nullptr);
  Answer again = answer;
  read_answer(*execution, context, again);
  EXPECT_EQ(again.rows, answer.rows) << answer.plan;
  EXPECT_EQ(again.triples, answer.triples) << answer.plan;
  EXPECT_EQ(again.boolean, answer.boolean) << answer.plan;
  return answer;
}

std::unique_ptr<Database> database_of(const std::string& trig) {
  auto database = Database::open(":memory:", {});
  if (trig.find_first_not_of(" \n") == std::string::npos) return database;
  const std::string text = prologue() + trig;
  LoadOptions options;
  options.format = Format::trig;
  options.base = "http://e/";
  load(*database, {LoadSource{"case", text, std::nullopt, std::nullopt}}, options);
  return database;
}

void update(Database& database, const std::string& text) {
  grammar::ParseOptions options;
  options.prefixes = kPrefixes;
  options.base = "http://e/";
  const grammar::Update parsed = grammar::parse_update(text, options);
  auto transaction = database.begin();
  execute_update(parsed, *transaction, {}, nullptr, "http://e/");
  transaction->commit();
}

std::vector<Quad> all_quads(const Database& database) {
  const auto snapshot = database.snapshot();
  const auto cursor = snapshot->scan({}, kAllColumns);
  std::vector<Quad> quads;
  RowBlock block;
  while (cursor->next(block))
    for (std::size_t row = 0; row < block.rows; ++row) {
      const auto term = [&](std::size_t column) { return snapshot->term(block.columns[column][row]); };
      quads.push_back({term(0), term(1), term(2), std::nullopt});
      if (block.columns[3][row] != kDefaultGraph) quads.back().graph = term(3);
    }
  return quads;
}

std::vector<Quad> quads_of(const std::string& trig) {
  const auto database = database_of(trig);
  Answer answer = ask(*database, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }");
  return answer.triples;
}

// `"x"`, `5`, `:a`, `<iri>`, `_`, `-` as the test prints terms.
std::string expected_cell(Database& database, const std::string& text) {
  if (text == "-" || text == "_") return text;
  grammar::ParseOptions options;
  options.prefixes = kPrefixes;
  const auto query = grammar::parse_query("SELECT ?x { VALUES ?x { " + text + " } }", options);
  QueryContext context(database.snapshot(), {}, nullptr);
  const auto execution = execute(query, context, {});
  Batch batch;
  if (!execution->next(batch)) return "no value: " + text;
  return context.terms().term(batch.columns[0][0]).to_string();
}

// Cells are parted by spaces outside of quotes, angle brackets and triple terms.
std::vector<std::string> split_cells(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  bool quoted = false;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && i + 1 < line.size()) {
      cell += c;
      cell += line[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && line.compare(i, 3, "<<(") == 0) ++depth;
    if (!quoted && line.compare(i, 3, ")>>") == 0) {
      --depth;
      cell += ")>>";
      i += 2;
      continue;
    }
    if (c == ' ' && !quoted && depth == 0) {
      if (!cell.empty()) cells.push_back(cell);
      cell.clear();
      continue;
    }
    cell += c;
  }
  if (!cell.empty()) cells.push_back(cell);
  return cells;
}

void check_rows(Database& database, const Answer& answer, const Section& expected, bool ordered) {
  std::istringstream in(expected.text);
  std::string line;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::map<std::string, std::string> cache;
  bool first = true;
  while (std::getline(in, line)) {
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    std::vector<std::string> cells = split_cells(line);
    if (first) {
      for (auto& cell : cells) header.push_back(cell[0] == '?' ? cell.substr(1) : cell);
      first = false;
      continue;
    }
    if (cells.size() == 1 && cells[0] == "()") cells.clear();
    for (auto& cell : cells) {
      auto [it, added] = cache.try_emplace(cell);
      if (added) it->second = expected_cell(database, cell);
      cell = it->second;
    }
    rows.push_back(std::move(cells));
  }
  EXPECT_EQ(answer.variables, header);
  auto given = answer.rows;
  if (!ordered) {
    std::sort(given.begin(), given.end());
    std::sort(rows.begin(), rows.end());
  }
  EXPECT_EQ(given, rows) << answer.plan;
}

// What `SELECT (expression AS ?x) {}` gives.
void check_expressions(Database& database, const Section& section, int& cases) {
  std::istringstream in(section.text);
  std::string line;
  while (std::getline(in, line)) {
    const std::size_t arrow = line.rfind(" => ");
    if (line.empty()) continue;
    ASSERT_NE(arrow, std::string::npos) << line;
    ++cases;
    const std::string expected = line.substr(arrow + 4);
    try {
      const Answer answer = ask(database, "SELECT (" + line.substr(0, arrow) + " AS ?x) {}");
      EXPECT_EQ(answer.rows.at(0).at(0), expected_cell(database, expected == "error" ? "-" : expected))
          << line;
    } catch (const std::exception& error) {
      ADD_FAILURE() << line << "\n" << error.what();
    }
  }
}

std::string with_folder(std::string text, const fs::path& folder) {
  constexpr std::string_view kName = "{files}";
  for (std::size_t at = text.find(kName); at != std::string::npos; at = text.find(kName, at))
    text.replace(at, kName.size(), file_iri(folder.string()));
  return text;
}

class CaseTest : public ::testing::TestWithParam<fs::path> {};

TEST_P(CaseTest, Holds) {
  std::unique_ptr<Database> database = database_of("");
  const testing::TemporaryFolder files;
  std::string name;
  std::string text;
  int cases = 0;
  for (const Section& section : read_case(GetParam())) {
    SCOPED_TRACE(GetParam().filename().string() + ":" + std::to_string(section.line) + " " + name);
    if (section.kind == "graph") {
      database = database_of(section.text);
    } else if (section.kind == "update") {
      const std::string request = with_folder(section.text, files.path());
      if (section.argument.empty()) {
        ASSERT_NO_THROW(update(*database, request));
        continue;
      }
      ASSERT_EQ(section.argument.substr(0, 6), "fails ");
      ++cases;
      try {
        update(*database, request);
        ADD_FAILURE() << "no error";
      } catch (const std::exception& error) {
        EXPECT_NE(std::string(error.what()).find(section.argument.substr(6)), std::string::npos)
            << error.what();
      }
    } else if (section.kind == "file") {
      files.file(section.argument, section.text);
    } else if (section.kind == "expect" && section.argument == "store") {
      ++cases;
      EXPECT_TRUE(test::isomorphic(all_quads(*database), all_quads(*database_of(section.text))))
          << ::testing::PrintToString(
                 ask(*database, "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }").rows);
      EXPECT_TRUE(database->check().empty());
    } else if (section.kind == "parse") {
      ++cases;
      grammar::ParseOptions options;
      options.known_prefixes = true;
      EXPECT_NO_THROW(grammar::parse_query(section.text, options)) << section.argument;
    } else if (section.kind == "expressions") {
      name = section.argument;
      check_expressions(*database, section, cases);
    } else if (section.kind == "query") {
      name = section.argument;
      text = section.text;
    } else if (section.kind == "expect") {
      ++cases;
      std::istringstream words(section.argument);
      std::string what;
      std::string rest;
      words >> what;
      std::getline(words >> std::ws, rest);
      try {
        const Answer answer = ask(*database, text);
        if (what == "rows" || what == "ordered")
          check_rows(*database, answer, section, what == "ordered");
        else if (what == "boolean")
          EXPECT_EQ(answer.boolean, section.text.find("true") != std::string::npos) << answer.plan;
        else if (what == "count")
          EXPECT_EQ(answer.rows.size(), std::stoul(section.text)) << answer.plan;
        else if (what == "graph")
          EXPECT_TRUE(test::isomorphic(answer.triples, quads_of(section.text))) << answer.plan;
        else if (what == "explain")
          EXPECT_NE(answer.plan.find(rest), std::string::npos) << answer.plan;
        else if (what == "error")
          ADD_FAILURE() << "no error";
        else
          ADD_FAILURE() << "unknown expectation " << what;
      } catch (const std::exception& error) {
        if (what == "error")
          EXPECT_NE(std::string(error.what()).find(rest), std::string::npos) << error.what();
        else
          ADD_FAILURE() << error.what();
      }
    } else {
      ADD_FAILURE() << "unknown section " << section.kind;
    }
  }
  EXPECT_GT(cases, 0);
}

std::vector<fs::path> case_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fs::path(DOSSIER_SOURCE_DIR) / "tests" / "cases"))
    if (entry.path().extension() == ".case") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string case_name(const ::testing::TestParamInfo<fs::path>& info) {
  std::string name = info.param.stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, CaseTest, ::testing::ValuesIn(case_files()), case_name);

}  // namespace
}  // namespace dossier
