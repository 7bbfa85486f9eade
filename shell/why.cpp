#include "shell/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "grammar/parse.h"
#include "shell/arguments.h"
#include "shell/columns.h"
#include "shell/console.h"
#include "shell/notes.h"
#include "shell/query_text.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMostSolutions = 20;   // of a group, or of a row that has several reasons
constexpr std::size_t kMostStatements = 60;
constexpr std::size_t kMostOfBlock = 20;

// A piece of WHERE that holds or does not by itself, and the graph it is asked of.
struct Block {
  std::vector<const grammar::TriplePattern*> triples;
  const grammar::VarOrIri* graph = nullptr;
};

struct Statement {
  Term subject, predicate, object;
  friend bool operator==(const Statement&, const Statement&) = default;
};

class Reasons {
 public:
  Reasons(Explorer& explorer, std::size_t row) : explorer_(explorer), row_(row) {}

  void run() {
    ShellContext& context = explorer_.context();
    const AnswerRows answer = context.answer_rows(row_);
    if (row_ == 0 || answer.rows.size() < row_)
      throw UsageError(fmt::format("the last answer has {} {}", answer.rows.size(),
                                   answer.rows.size() == 1 ? "row" : "rows"));
    if (answer.kind != Result::Kind::solutions) {
      const auto& cells = answer.rows[row_ - 1];
      throw UsageError(".why explains rows of SELECT; this is " + explorer_.name(*cells[0].term) + ' ' +
                       explorer_.name(*cells[1].term) + ' ' + explorer_.name(*cells[2].term));
    }
    grammar::ParseOptions parse = context.parse_options();
    parse.prefixes = context.answer->options.prefixes;
    const grammar::Query query = grammar::parse_query(context.answer->query, parse);
    const auto* select = std::get_if<grammar::SelectQuery>(&query.form);
    if (select == nullptr) throw UsageError(".why explains rows of SELECT");
    bind(*select, answer);
    collect(select->where, nullptr);
    if (blocks_.empty()) {
      fmt::print(stderr, "(the row comes from no statement: its WHERE has no triple pattern)\n");
      return;
    }
    solve(query, *select);
    show();
  }

 private:
  // The values of the row that are variables of WHERE. Those that an expression gave are told by the group's keys.
  void bind(const grammar::SelectQuery& select, const AnswerRows& answer) {
    std::set<std::string> computed;
    for (const auto& projection : select.projections)
      if (projection.expression) computed.insert(projection.variable.name);
    for (const auto& condition : select.modifier.group_by)
      if (condition.variable) computed.insert(condition.variable->name);
    for (std::size_t i = 0; i < answer.variables.size(); ++i) {
      const auto& cell = answer.rows[row_ - 1][i];
      if (cell.term && !computed.contains(answer.variables[i])) values_[answer.variables[i]] = *cell.term;
    }
    for (const auto& [name, value] : explorer_.context().answer->options.parameters) values_.insert_or_assign(name, value);
    aggregate_ = !select.modifier.group_by.empty() ||
                 std::any_of(select.projections.begin(), select.projections.end(), [](const auto& projection) {
                   return projection.expression && has_aggregate(*projection.expression);
                 });
  }

  static bool has_aggregate(const grammar::Expression& expression) {
    return expression.kind == grammar::Expression::Kind::aggregate ||
           std::any_of(expression.arguments.begin(), expression.arguments.end(), has_aggregate);
  }

  // ---- the patterns

  void collect(const grammar::GroupPattern& group, const grammar::VarOrIri* graph) {
    for (const grammar::PatternElement& element : group.elements) {
      if (const auto* block = std::get_if<grammar::TriplesBlock>(&element)) {
        Block found{{}, graph};
        for (const grammar::TriplePattern& triple : block->triples) found.triples.push_back(&triple);
        blocks_.push_back(std::move(found));
      } else if (const auto* branches = std::get_if<grammar::UnionPattern>(&element)) {
        for (const auto& branch : branches->branches) collect(branch, graph);
      } else if (const auto* optional = std::get_if<grammar::OptionalPattern>(&element)) {
        collect(*optional->pattern, graph);
      } else if (const auto* named = std::get_if<grammar::GraphPattern>(&element)) {
        collect(*named->pattern, &named->graph);
      } else if (const auto* sub = std::get_if<grammar::SubSelect>(&element)) {
        collect(sub->query->where, graph);
      } else if (std::holds_alternative<grammar::MinusPattern>(element) ||
                 std::holds_alternative<grammar::Filter>(element)) {
        restricted_ = true;
      }
    }
  }

  // The text of WHERE, from its brace to the one that closes it.
  static std::string_view where_text(std::string_view query, std::size_t begin) {
    std::size_t depth = 0;
    for (std::size_t i = begin; i < query.size(); ++i) {
      const char c = query[i];
      if (c == '#') {
        i = std::min(query.find('\n', i), query.size());
      } else if (c == '<') {
        // An IRI has no blanks; else it is a comparison or a bracket.
        const std::size_t end = query.find_first_of("> \t\r\n<\"{}", i + 1);
        if (end != std::string_view::npos && query[end] == '>') i = end;
      } else if (c == '"' || c == '\'') {
        const std::string_view three = query.substr(i, 3);
        const bool is_long = three.size() == 3 && three[1] == c && three[2] == c;
        const std::size_t length = is_long ? 3 : 1;
        for (i += length; i < query.size() && query.substr(i, length) != std::string_view(three).substr(0, length); ++i)
          if (query[i] == '\\') ++i;
        i += length - 1;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}' && --depth == 0) {
        return query.substr(begin, i + 1 - begin);
      }
    }
    return {};
  }

  // ---- their values

  void solve(const grammar::Query& query, const grammar::SelectQuery& select) {
    ShellContext& context = explorer_.context();
    const std::string_view where = where_text(context.answer->query, select.where.at.offset);
    std::string text;
    for (const auto& iri : query.dataset.default_graphs) text += " FROM " + Term::iri(iri.value).to_string();
    for (const auto& iri : query.dataset.named_graphs) text += " FROM NAMED " + Term::iri(iri.value).to_string();
    dataset_ = text;
    QueryOptions options = context.answer->options;
    if (!query.prologue.base.empty()) options.base = query.prologue.base;
    for (const auto& prefix : query.prologue.prefixes) options.prefixes.push_back(prefix);
    for (const auto& prefix : query.prologue.supplied) options.prefixes.push_back(prefix);
    options.parameters.clear();
    for (const auto& [name, value] : values_) options.parameters.emplace_back(name, value);
    options_ = options;
    Result result = context.session.query(
        fmt::format("SELECT *{} {} LIMIT {}", dataset_, where, kMostSolutions + 1), options);
    while (result.next()) {
      if (++solutions_ > kMostSolutions) break;
      Values values = values_;
      for (std::size_t i = 0; i < result.variables().size(); ++i)
        if (auto value = result.get(i)) values.insert_or_assign(result.variables()[i], *value);
      for (const Block& block : blocks_) instantiate(block, values, result);
    }
  }

  void instantiate(const Block& block, const Values& values, Result& result) {
    std::string pattern;
    std::vector<const grammar::TriplePattern*> plain;
    for (const grammar::TriplePattern* triple : block.triples) {
      if (const auto* search = std::get_if<grammar::Box<grammar::PathSearch>>(&triple->verb)) {
        if (!(*search)->outputs.empty()) found_path((*search)->outputs[0].name, result);
      } else if (const auto* path = std::get_if<grammar::Box<grammar::Path>>(&triple->verb)) {
        shortest_path(*triple, **path, values);
      } else {
        plain.push_back(triple);
        pattern += fmt::format("{} {} {} . ", text_of(triple->subject, values), text_of(triple->verb, values),
                               text_of(triple->object, values));
      }
    }
    if (plain.empty()) return;
    QueryOptions options = options_;
    options.parameters = blanks(values);
    std::string graph;
    if (block.graph != nullptr) {
      const auto* iri = std::get_if<grammar::Iri>(block.graph);
      graph = iri != nullptr ? text_of(grammar::Term(*iri), values)
                             : text_of(grammar::Term(std::get<grammar::Var>(*block.graph)), values);
      pattern = "GRAPH " + graph + " { " + pattern + " }";
    }
    Result rows = explorer_.context().session.query(
        fmt::format("SELECT *{} {{ {} }} LIMIT {}", dataset_, pattern, kMostOfBlock), options);
    while (rows.next()) {
      Values all = values;
      for (std::size_t i = 0; i < rows.variables().size(); ++i)
        if (auto value = rows.get(i)) all.insert_or_assign(rows.variables()[i], *value);
      for (const grammar::TriplePattern* triple : plain) {
        auto subject = value_of(triple->subject, all);
        auto predicate = value_of_verb(triple->verb, all);
        auto object = value_of(triple->object, all);
        if (subject && predicate && object) add({*subject, *predicate, *object});
      }
    }
  }

  static std::vector<std::pair<std::string, Term>> blanks(const Values& values) {
    std::vector<std::pair<std::string, Term>> bound;
    for (const auto& [name, value] : values)
      if (value.is_blank()) bound.emplace_back(name, value);
    return bound;
  }

  // The term that the text of the pattern stands for, once all of its variables are known.
  static std::optional<Term> value_of(const grammar::Term& term, const Values& values) {
    if (const auto* triple = std::get_if<grammar::Box<grammar::TripleTerm>>(&term)) {
      auto subject = value_of((*triple)->subject, values);
      auto predicate = value_of((*triple)->predicate, values);
      auto object = value_of((*triple)->object, values);
      if (!subject || !predicate || !object) return std::nullopt;
      return Term::triple(*subject, *predicate, *object);
    }
    const std::string text = text_of(term, values);
    if (!text.starts_with('?')) return Term::parse(text);
    const auto found = values.find(text.substr(1));
    if (found == values.end()) return std::nullopt;
    return found->second;
  }
  static std::optional<Term> value_of_verb(const grammar::Verb& verb, const Values& values) {
    if (const auto* var = std::get_if<grammar::Var>(&verb)) return value_of(grammar::Term(*var), values);
    return Term::iri(std::get<grammar::Iri>(verb).value);
  }

  void found_path(const std::string& variable, Result& result) {
    try {
      if (const auto path = result.path(variable)) add(*path);
    } catch (const QueryError&) {
      // Not a path as a list of its links: what stands for it is in the row.
    }
  }

  void shortest_path(const grammar::TriplePattern& triple, const grammar::Path& path, const Values& values) {
    QueryOptions options = options_;
    options.parameters = blanks(values);
    try {
      Result result = explorer_.context().session.query(
          fmt::format("SELECT ?why_path{} {{ {} ANY SHORTEST ({} AS ?why_path) {} }} LIMIT 1", dataset_,
                      text_of(triple.subject, values), text_of(path), text_of(triple.object, values)),
          options);
      if (result.next())
        if (const auto found = result.path(0)) add(*found);
    } catch (const Error& error) {
      fmt::print(stderr, "(of the path at one place no statements can be told: {})\n", error.what());
    }
  }

  void add(const Path& path) {
    for (const Path::Edge& edge : path.edges)
      if (edge.triple) add({edge.triple->subject(), edge.triple->predicate(), edge.triple->object()});
  }
  void add(Statement statement) {
    if (std::find(statements_.begin(), statements_.end(), statement) != statements_.end()) return;
    ++found_;
    if (statements_.size() < kMostStatements) statements_.push_back(std::move(statement));
  }

  // ---- what is shown

  void show() {
    // A reifier is told in the brackets of its statement, and its own statements are not told again.
    std::vector<Statement> told;
    std::vector<Term> reifiers;
    for (const Statement& statement : statements_)
      if (statement.predicate == rdf_reifies()) {
        reifiers.push_back(statement.subject);
        if (statement.object.is_triple())
          told.push_back({statement.object.subject(), statement.object.predicate(), statement.object.object()});
      }
    for (const Statement& statement : statements_)
      if (std::find(reifiers.begin(), reifiers.end(), statement.subject) == reifiers.end()) told.push_back(statement);
    std::vector<std::string> lines;
    std::vector<Statement> seen;
    for (const Statement& statement : told) {
      if (std::find(seen.begin(), seen.end(), statement) != seen.end()) continue;
      seen.push_back(statement);
      add_statement(lines, statement, reifiers);
    }
    show_page(explorer_.context(), std::move(lines));
    if (statements_.empty())
      fmt::print(stderr, "(the row has no statements of its own; it may come from VALUES or BIND)\n");
    if (aggregate_)
      fmt::print(stderr, "(statements of the group that the row counts{})\n",
                 solutions_ > kMostSolutions ? fmt::format("; of its first {} solutions", kMostSolutions) : "");
    else if (solutions_ > kMostSolutions)
      fmt::print(stderr, "(the row has more reasons; these are the first {})\n", kMostSolutions);
    else if (solutions_ > 1)
      fmt::print(stderr, "(the row has {} reasons)\n", solutions_);
    if (found_ > statements_.size()) fmt::print(stderr, "(and {} more statements)\n", found_ - statements_.size());
    if (restricted_)
      fmt::print(stderr, "(FILTER and MINUS hold for it too; what they leave out is no statement)\n");
  }

  void add_statement(std::vector<std::string>& lines, const Statement& statement,
                     const std::vector<Term>& reifiers) {
    auto claims = explorer_.claims(statement.subject, statement.predicate, statement.object);
    // Where the query asked for certain claims, they are the reason.
    std::vector<Claim> asked;
    for (const Claim& claim : claims)
      if (std::find(reifiers.begin(), reifiers.end(), claim.reifier) != reifiers.end()) asked.push_back(claim);
    add_link(lines, explorer_, Term::triple(statement.subject, statement.predicate, statement.object), false,
             asked.empty() ? claims : asked, NoteStyle::full);
  }

  Explorer& explorer_;
  std::size_t row_;
  Values values_;
  std::vector<Block> blocks_;
  QueryOptions options_;
  std::string dataset_;
  bool restricted_ = false;
  bool aggregate_ = false;
  std::size_t solutions_ = 0;
  std::vector<Statement> statements_;
  std::size_t found_ = 0;
};

}  // namespace

void explain_row(Explorer& explorer, std::size_t row) {
  Reasons(explorer, row).run();
}

}  // namespace dossier::shell
