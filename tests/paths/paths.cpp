// Random path searches over random small graphs against the definitions (naive_paths.h): every selector and
// mode, with parallel edges, loops, circles, steps backwards, paths without a step, graphs, and VIA with
// dates and costs. `paths
// --seeds 20000` is the long run.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <set>

#include "engine/cdt/composite.h"
#include "engine/dossier.h"
#include "engine/query/query.h"
#include "engine/store/database.h"
#include "engine/store/loader.h"
#include "grammar/parse.h"
#include "tests/differential/random.h"
#include "tests/paths/naive_paths.h"

namespace dossier::paths {
namespace {

using differential::Random;
using grammar::PathSearch;
using Mode = PathSearch::Mode;
using Selector = PathSearch::Selector;

constexpr const char* kPrologue = "PREFIX : <http://e/>\n";

std::string full(const std::string& name) {
  return "http://e/" + name.substr(1);
}

struct Row {
  std::string start, end, path, length, nodes;
  friend auto operator<=>(const Row&, const Row&) = default;
};

std::string list(const std::vector<std::string>& elements) {
  std::string text = "\"[";
  for (std::size_t i = 0; i < elements.size(); ++i) text += (i > 0 ? ", " : "") + elements[i];
  return text + "]\"^^<" + std::string(cdt::kListIri) + ">";
}

Row row_of(const Walk& walk) {
  std::vector<std::string> edges;
  std::vector<std::string> nodes;
  for (const Edge& edge : walk.edges)
    edges.push_back("<<( <" + edge.subject + "> <" + edge.predicate + "> <" + edge.object + "> )>>");
  for (const std::string& node : walk.nodes) nodes.push_back("<" + node + ">");
  return {nodes.front(), nodes.back(), list(edges),
          "\"" + std::to_string(walk.edges.size()) + "\"^^<http://www.w3.org/2001/XMLSchema#integer>",
          list(nodes)};
}

// What a search is compared with.
struct Meaning {
  std::set<Edge> edges;
  std::function<bool(const Walk&)> matches;
  std::function<Row(const Walk&)> row;
  std::function<bool(const Walk&, const Walk&)> before;  // the order in which a selector takes paths
  std::uint64_t longest = 0;
};

// An edge of VIA has the values of ?d and ?w in the place of its predicate.
std::uint64_t date_of(const Edge& edge) {
  return static_cast<std::uint64_t>(edge.predicate[0] - '0');
}
std::uint64_t cost_of(const Edge& edge) {
  return static_cast<std::uint64_t>(edge.predicate[1] - '0');
}
std::uint64_t total_of(const Walk& walk) {
  std::uint64_t cost = 0;
  for (const Edge& edge : walk.edges) cost += cost_of(edge);
  return cost;
}

std::string random_path(Random& random, int depth, bool bounded) {
  const auto predicate = [&] { return std::string(random.chance(65) ? ":p" : ":q"); };
  const auto part = [&] { return "(" + random_path(random, depth - 1, bounded) + ")"; };
  if (depth == 0) {
    switch (random.weighted({60, 20, 10, 10})) {
      case 0:
        return predicate();
      case 1:
        return "^" + predicate();
      case 2:
        return "!" + predicate();
      default:
        return random.chance(50) ? "(!()|^!())" : "!(^" + predicate() + "|:z)";
    }
  }
  switch (random.weighted({10, 20, 20, 10, 15, 15, 10})) {
    case 0:
      return random_path(random, 0, bounded);
    case 1:
      return part() + "/" + part();
    case 2:
      return part() + "|" + part();
    case 3:
      return "^" + part();
    case 4:
      if (!bounded) return part() + (random.chance(50) ? "*" : "+");
      return part() + "?";
    case 5: {
      const std::size_t least = random.between(0, 2);
      return part() + "{" + std::to_string(least) + "," + std::to_string(random.between(least, 3)) + "}";
    }
    default:
      return part() + (bounded ? "{2}" : "{" + std::to_string(random.between(0, 2)) + ",}");
  }
}

class Round {
 public:
  explicit Round(std::uint64_t seed) : random_(seed) {}

  // What differs; empty when nothing does.
  std::string run() {
    make_graph();
    for (int i = 0; i < 4 && problem_.empty(); ++i) search();
    make_dated_graph();
    for (int i = 0; i < 3 && problem_.empty(); ++i) search_via();
    return problem_;
  }
  std::uint64_t compared() const { return compared_; }

 private:
  void make_graph() {
    const std::size_t nodes = random_.between(2, 5);
    const std::size_t edges = random_.between(1, 7);
    std::string text = kPrologue;
    for (std::size_t i = 0; i < edges; ++i) {
      const auto node = [&] { return ":n" + std::to_string(random_.below(nodes)); };
      const std::string subject = node();
      const std::string object = random_.chance(12) ? subject : node();
      const std::string predicate = random_.chance(65) ? ":p" : ":q";
      const std::string graph = random_.chance(40) ? "" : random_.chance(60) ? ":g" : ":h";
      const std::string triple = subject + " " + predicate + " " + object + " ";
      text += graph.empty() ? triple + ".\n" : graph + " { " + triple + "}\n";
      graphs_[graph].insert({full(subject), full(predicate), full(object)});
      graphs_["all"].insert({full(subject), full(predicate), full(object)});
    }
    text_ = text;
    load_graph();
  }

  std::string random_end() {
    return random_.chance(8) ? ":nowhere" : ":n" + std::to_string(random_.below(4));
  }

  std::string random_words(Selector selector, Mode mode) {
    const std::string count = std::to_string(random_.between(1, 4));
    const std::vector<std::string> modes{"WALK", "TRAIL", "ACYCLIC", "SIMPLE"};
    std::string mode_text = modes[static_cast<std::size_t>(mode)];
    if (mode == Mode::walk && random_.chance(50)) mode_text.clear();
    switch (selector) {
      case Selector::all:
        return random_.chance(50) || mode_text.empty() ? "ALL " + mode_text : mode_text;
      case Selector::any:
        return "ANY " + std::string(random_.chance(50) ? count : "") + " " + mode_text;
      case Selector::any_shortest:
        return "ANY SHORTEST " + mode_text;
      case Selector::shortest:
        return "SHORTEST " + count + " " + mode_text;
      case Selector::groups:
        return random_.chance(40)   ? "ALL SHORTEST " + mode_text
               : random_.chance(50) ? "SHORTEST " + count + " GROUPS " + mode_text
                                    : "SHORTEST " + count + " " + mode_text + " GROUPS";
      case Selector::cheapest:
        return "CHEAPEST " + std::string(random_.chance(50) ? count : "") + " " + mode_text;
    }
    return {};
  }

  void search() {
    const Selector selector = random_.of(std::vector<Selector>{
        Selector::all, Selector::any, Selector::any_shortest, Selector::shortest, Selector::groups});
    const Mode mode = random_.of(std::vector<Mode>{Mode::walk, Mode::trail, Mode::acyclic, Mode::simple});
    const std::string words = random_words(selector, mode);
    const std::string path = random_path(random_, 2, selector == Selector::all && mode == Mode::walk);
    const bool same = random_.chance(12);
    const std::string start = same || random_.chance(50) ? "?x" : random_end();
    const std::string end = same ? "?x" : random_.chance(50) ? "?y" : random_end();
    const std::string pattern = start + " " + words + " (" + path + " AS ?p, ?l, ?n) " + end;

    const int where = static_cast<int>(random_.below(4));
    ExecuteOptions options;
    options.union_default_graph = where == 3;
    if (where == 1) {
      // A graph without triples is not there, and has no path without a step either.
      if (graphs_[":g"].empty()) return;
      compare(pattern, "GRAPH :g { " + pattern + " }", options, start, end, paths_in(pattern, graphs_[":g"]));
    } else if (where == 2) {
      for (const char* graph : {":g", ":h"})
        if (problem_.empty() && !graphs_[graph].empty())
          compare(pattern, "GRAPH ?g { " + pattern + " } FILTER(?g = " + graph + ")", options, start, end,
                  paths_in(pattern, graphs_[graph]));
    } else {
      compare(pattern, pattern, options, start, end, paths_in(pattern, graphs_[where == 3 ? "all" : ""]));
    }
  }

  static PathSearch parsed_search(const std::string& pattern) {
    const grammar::Query parsed =
        grammar::parse_query(std::string(kPrologue) + "SELECT * { " + pattern + " }", {});
    const auto& where = std::get<grammar::SelectQuery>(parsed.form).where;
    return *std::get<grammar::Box<PathSearch>>(
        std::get<grammar::TriplesBlock>(where.elements[0]).triples[0].verb);
  }

  // An order of walks: by length, then by edges.
  static std::function<bool(const Walk&, const Walk&)> by_length(
      const std::function<std::array<Id, 4>(const Edge&)>& key) {
    return [key](const Walk& a, const Walk& b) {
      if (a.edges.size() != b.edges.size()) return a.edges.size() < b.edges.size();
      return std::lexicographical_compare(a.edges.begin(), a.edges.end(), b.edges.begin(), b.edges.end(),
                                          [&](const Edge& x, const Edge& y) { return key(x) < key(y); });
    };
  }

  Id id(const std::string& iri) const { return database_->snapshot()->find(kIriByte + iri); }

  Meaning paths_in(const std::string& pattern, const std::set<Edge>& edges) {
    const grammar::Path path = parsed_search(pattern).path;
    return {edges, [path](const Walk& walk) { return matches(path, walk); }, row_of,
            by_length([this](const Edge& edge) {
              return std::array{id(edge.subject), id(edge.predicate), id(edge.object), kUnbound};
            }),
            longest(path)};
  }

  void load_graph() {
    database_ = Database::open(":memory:", {});
    LoadOptions options;
    options.format = Format::trig;
    load(*database_, {LoadSource{"graph", text_, std::nullopt, std::nullopt}}, options);
  }

  // Events between nodes, each with a date and a weight, some of them side by side or twice the same.
  void make_dated_graph() {
    const std::size_t nodes = random_.between(2, 4);
    const std::size_t edges = random_.between(1, 6);
    text_ = kPrologue;
    for (std::size_t i = 0; i < edges; ++i) {
      const std::string subject = ":n" + std::to_string(random_.below(nodes));
      const std::string object = ":n" + std::to_string(random_.below(nodes));
      const std::string date = std::to_string(random_.below(4));
      const std::string weight = std::to_string(random_.below(4));
      text_ += subject + " :p " + object + " {| :d " + date + " ; :w " + weight + " |} .\n";
      dated_.insert({full(subject), date + weight, full(object)});
    }
    load_graph();
  }

  void search_via() {
    const Selector selector = random_.of(
        std::vector<Selector>{Selector::all, Selector::any, Selector::any_shortest, Selector::shortest,
                              Selector::groups, Selector::cheapest, Selector::cheapest});
    const Mode mode = random_.of(std::vector<Mode>{Mode::walk, Mode::trail, Mode::acyclic, Mode::simple});
    const bool same = random_.chance(12);
    const std::string start = same || random_.chance(50) ? "?x" : random_end();
    const std::string end = same ? "?x" : random_.chance(50) ? "?y" : random_end();
    // With both ends free a path without a step is at every node of the graph, dates included.
    const bool free = start[0] == '?' && end[0] == '?';
    const bool bounded = mode == Mode::walk && (selector == Selector::all || selector == Selector::cheapest);
    std::vector<std::string> repetitions{"", "{1,3}", "{2}"};
    if (!bounded) repetitions = {"+", "{2,}", "{1,3}"};
    if (!free) repetitions.insert(repetitions.end(), {"?", "{,3}", bounded ? "{2,4}" : "*"});
    const bool ascending = random_.chance(40);
    const bool costs =
        selector == Selector::cheapest || ((mode != Mode::walk || bounded) && random_.chance(40));
    const std::string pattern = start + " " + random_words(selector, mode) +
                                " (VIA ?from ?to { ?from :p ?to {| :d ?d ; :w ?w |} }" +
                                random_.of(repetitions) + (ascending ? " ASC ?d" : "") +
                                (costs ? " COST ?w" : "") + " AS ?p, ?l, ?n) " + end;
    const grammar::Path path = parsed_search(pattern).path;
    const bool once = path.kind == grammar::Path::Kind::link;
    Meaning meaning;
    meaning.edges = dated_;
    meaning.longest = longest(path);
    meaning.matches = [=](const Walk& walk) {
      const std::size_t length = walk.edges.size();
      if (once ? length != 1 : length < path.min || length > path.max) return false;
      for (std::size_t i = 0; i < length; ++i) {
        if (walk.edges[i].subject != walk.nodes[i] || walk.edges[i].object != walk.nodes[i + 1]) return false;
        if (ascending && i > 0 && date_of(walk.edges[i]) < date_of(walk.edges[i - 1])) return false;
      }
      return true;
    };
    meaning.row = [=](const Walk& walk) {
      Row row = row_of(walk);
      std::vector<std::string> maps;
      for (const Edge& edge : walk.edges)
        maps.push_back(R"({\"d\": )" + std::to_string(date_of(edge)) + R"(, \"from\": <)" + edge.subject +
                       R"(>, \"to\": <)" + edge.object + R"(>, \"w\": )" + std::to_string(cost_of(edge)) +
                       "}");
      row.path = list(maps);
      if (costs)
        row.length = "\"" + std::to_string(total_of(walk)) + row.length.substr(row.length.rfind('"'));
      return row;
    };
    // Dates and weights are inline and so in the order of their digits.
    const auto by_edges = by_length([this](const Edge& edge) {
      return std::array{id(edge.subject), id(edge.object), Id{date_of(edge)}, Id{cost_of(edge)}};
    });
    meaning.before = [=](const Walk& a, const Walk& b) {
      if (selector == Selector::cheapest && total_of(a) != total_of(b)) return total_of(a) < total_of(b);
      return by_edges(a, b);
    };
    compare(pattern, pattern, {}, start, end, meaning);
  }

  std::vector<Row> ask(const std::string& text, const ExecuteOptions& options, const std::string& start,
                       const std::string& end) {
    const grammar::Query query = grammar::parse_query(kPrologue + text, {});
    QueryLimits limits;
    limits.timeout = std::chrono::seconds(60);
    QueryContext context(database_->snapshot(), limits, nullptr);
    const auto execution = execute(query, context, options);
    std::vector<Row> rows;
    Batch batch;
    while (execution->next(batch))
      for (std::size_t i = 0; i < batch.rows; ++i) {
        std::map<std::string, std::string> cells;
        for (std::size_t c = 0; c < execution->variables().size(); ++c)
          cells[execution->variables()[c]] = context.terms().term(batch.columns[c][i]).to_string();
        const auto cell = [&](const std::string& slot) {
          return slot[0] == '?' ? cells[slot.substr(1)] : "<" + full(slot) + ">";
        };
        rows.push_back({cell(start), cell(end), cells["p"], cells["l"], cells["n"]});
      }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  void compare(const std::string& pattern, const std::string& where, const ExecuteOptions& options,
               const std::string& start, const std::string& end, const Meaning& meaning) {
    const std::string query = "SELECT * { " + where + " }";
    const auto fail = [&](const std::string& what) {
      if (problem_.empty()) problem_ = what + "\n" + query + "\n" + text_;
    };
    const PathSearch what = parsed_search(pattern);

    // The paths of each pair.
    const std::vector<Edge> graph(meaning.edges.begin(), meaning.edges.end());
    std::set<std::string> nodes;
    for (const Edge& edge : graph) {
      nodes.insert(edge.subject);
      nodes.insert(edge.object);
    }
    std::set<std::string> starts = nodes;
    if (start[0] != '?') starts = {full(start)};
    // A constant end that is in no triple can be reached from itself alone, when the start is free too
    // (18.4).
    if (start[0] == '?' && end[0] != '?') starts.insert(full(end));
    std::map<std::pair<std::string, std::string>, std::vector<Walk>> between;
    std::size_t length = SIZE_MAX;
    for (const std::string& from : starts) {
      Walks all = walks(graph, from, what.mode);
      if (!all.whole) length = std::min(length, all.length);
      for (Walk& walk : all.all) {
        const std::string& to = walk.nodes.back();
        if ((end[0] != '?' && to != full(end)) || (start == end && to != from)) continue;
        if (meaning.matches(walk)) between[{from, to}].push_back(std::move(walk));
      }
    }
    if (meaning.longest <= length) length = SIZE_MAX;
    if ((what.selector == Selector::all || what.selector == Selector::cheapest) && length != SIZE_MAX) return;

    ++compared_;
    const std::vector<Row> rows = ask(query, options, start, end);
    if (std::adjacent_find(rows.begin(), rows.end()) != rows.end()) return fail("a path comes twice");
    std::map<std::pair<std::string, std::string>, std::vector<Row>> given;
    for (const Row& row : rows) given[{row.start, row.end}].push_back(row);
    for (const auto& [ends, all] : between) given[{"<" + ends.first + ">", "<" + ends.second + ">"}];
    for (const auto& [ends, here] : given) {
      const std::pair<std::string, std::string> key{ends.first.substr(1, ends.first.size() - 2),
                                                    ends.second.substr(1, ends.second.size() - 2)};
      std::vector<Walk> candidates;
      for (const Walk& walk : between[key])
        if (walk.edges.size() <= length) candidates.push_back(walk);
      std::sort(candidates.begin(), candidates.end(), meaning.before);
      std::set<Row> expected;
      for (const Walk& walk : select(what, candidates)) expected.insert(meaning.row(walk));
      std::size_t known = 0;
      for (const Row& row : here) {
        if (expected.count(row) != 0) {
          ++known;
        } else if (length == SIZE_MAX || std::strtoull(row.length.c_str() + 1, nullptr, 10) <= length) {
          return fail("not a path that was asked for: " + row.path);
        }
      }
      std::size_t least = expected.size();
      std::size_t most = length == SIZE_MAX ? expected.size() : SIZE_MAX;
      if (what.selector == Selector::any_shortest) {
        least = std::min<std::size_t>(least, 1);
        most = 1;
      } else if (what.selector == Selector::any) {
        least = std::min<std::size_t>(least, what.count);
        most = std::min<std::size_t>(most, what.count);
      } else if (what.selector == Selector::shortest) {
        most = std::min<std::size_t>(most, what.count);
      }
      if (known < least) return fail("paths are missing between " + ends.first + " and " + ends.second);
      if (here.size() > most) return fail("too many paths between " + ends.first + " and " + ends.second);
    }

    // Without the values there are as many rows.
    std::map<std::pair<std::string, std::string>, std::size_t> counts;
    for (const Row& row : rows) ++counts[{row.start, row.end}];
    const std::string ends =
        (start[0] == '?' ? start : "") + " " + (end[0] == '?' && end != start ? end : "");
    const std::string projected = ends == " " ? "(1 AS ?one)" : ends;
    for (const Row& row : ask("SELECT " + projected + " { " + where + " }", options, start, end)) {
      if (counts[{row.start, row.end}]-- == 0) return fail("more rows where nobody reads the path");
    }
    for (const auto& [pair, count] : counts)
      if (count != 0) return fail("fewer rows where nobody reads the path");
    // With its start from elsewhere it is the same search.
    if (start == "?x" && nodes.count(full(":n0")) != 0 && nodes.count(full(":n1")) != 0) {
      std::vector<Row> fixed = ask("SELECT * { VALUES ?x { :n0 :n1 } " + where + " }", options, start, end);
      std::vector<Row> filtered;
      for (const Row& row : rows)
        if (row.start == "<" + full(":n0") + ">" || row.start == "<" + full(":n1") + ">")
          filtered.push_back(row);
      const bool any = what.selector == Selector::any || what.selector == Selector::any_shortest;
      if (any ? fixed.size() != filtered.size() : fixed != filtered)
        return fail("another answer from given starts");
    }
    if (ask("SELECT * { " + where + " } LIMIT 1", options, start, end).size() !=
        std::min<std::size_t>(1, rows.size()))
      return fail("another answer with LIMIT");
  }

  Random random_;
  std::string text_;
  std::set<Edge> dated_;
  std::map<std::string, std::set<Edge>> graphs_;  // "all": of every graph
  std::unique_ptr<Database> database_;
  std::string problem_;
  std::uint64_t compared_ = 0;
};

int main(int count, char** words) {
  std::uint64_t seeds = 400;
  std::uint64_t from = 1;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string word = words[i];
    if (word == "--seeds") seeds = std::strtoull(words[i + 1], nullptr, 10);
    if (word == "--from") from = std::strtoull(words[i + 1], nullptr, 10);
  }
  std::uint64_t compared = 0;
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    Round round(seed);
    std::string problem;
    try {
      problem = round.run();
    } catch (const std::exception& error) {
      problem = error.what();
    }
    compared += round.compared();
    if (problem.empty()) continue;
    std::cout << "seed " << seed << ": " << problem << "\n";
    return 1;
  }
  std::cout << compared << " searches compared, no difference\n";
  return 0;
}

}  // namespace
}  // namespace dossier::paths

int main(int count, char** words) {
  return dossier::paths::main(count, words);
}
