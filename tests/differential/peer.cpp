#include "tests/differential/peer.h"

#include <filesystem>
#include <stdexcept>
#include <utility>

#include "tests/quad_text.h"

namespace dossier::differential {
namespace {

void take_row(Answer& answer, const std::vector<std::optional<Term>>& cells) {
  if (answer.kind == Answer::Kind::triples) {
    answer.triples.push_back({node_of(*cells.at(0)), node_of(*cells.at(1)), node_of(*cells.at(2))});
    return;
  }
  Solution row;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (cells[i]) row[answer.variables.at(i)] = node_of(*cells[i]);
  answer.rows.push_back(std::move(row));
}

}  // namespace

const char* state_name(State state) {
  switch (state) {
    case State::loaded:
      return "loaded";
    case State::compacted:
      return "compacted";
    case State::mixed:
      return "erased and inserted again";
    case State::in_transaction:
      return "in a transaction";
    case State::read_only:
      return "opened read-only";
  }
  return "";
}

EngineUnderTest::EngineUnderTest(const std::vector<Quad>& quads, const std::string& directory)
    : directory_(directory) {
  OpenOptions options;
  options.durability = Durability::none;
  if (!directory.empty()) std::filesystem::remove_all(directory);
  store_ = Store::open(directory.empty() ? ":memory:" : directory, options);
  if (!quads.empty()) store_->load_text(test::nquads_of(quads), Format::nq);
  session_ = store_->session();
  quads_ = all();
  if (quads_.size() != quads.size())
    throw std::runtime_error("the store holds " + std::to_string(quads_.size()) + " quads, not " +
                             std::to_string(quads.size()));
}

std::vector<Quad> EngineUnderTest::all() {
  QuadPattern pattern;
  pattern.any_graph = true;
  std::vector<Quad> quads;
  for (QuadCursor cursor = session_->match(pattern); cursor.next();) quads.push_back(cursor.quad());
  return quads;
}

void EngineUnderTest::bring_to(State state, Random& random) {
  if (session_->in_transaction()) session_->commit();
  switch (state) {
    case State::loaded:
      break;
    case State::compacted:
      store_->compact();
      break;
    case State::mixed:
    case State::in_transaction: {
      const Quad extra{Term::iri("http://e/extra"), Term::iri("http://e/p"), Term::iri("http://e/a"),
                       std::nullopt};
      if (random.chance(50)) session_->insert(extra);
      if (random.chance(50)) store_->compact();
      session_->begin();
      session_->erase(extra);
      std::vector<Quad> erased;
      for (const Quad& quad : quads_)
        if (random.chance(50)) erased.push_back(quad);
      for (const Quad& quad : erased) session_->erase(quad);
      if (random.chance(50)) {
        session_->commit();
        if (random.chance(30)) store_->compact();
        session_->begin();
      }
      session_->insert(std::span<const Quad>(erased));
      if (state == State::mixed) session_->commit();
      break;
    }
    case State::read_only: {
      session_.reset();
      store_.reset();
      OpenOptions options;
      options.read_only = true;
      store_ = Store::open(directory_, options);
      session_ = store_->session();
      break;
    }
  }
}

std::vector<QuadNode> EngineUnderTest::nodes() const {
  std::vector<QuadNode> nodes;
  for (const Quad& quad : quads_)
    nodes.push_back({{node_of(quad.subject), node_of(quad.predicate), node_of(quad.object)},
                     quad.graph ? node_of(*quad.graph) : nullptr});
  return nodes;
}

Answer EngineUnderTest::ask(const std::string& query, const QueryOptions& options) {
  Answer answer;
  try {
    // The plan of this run is kept for the one whose answer counts, or that of the run before for this one.
    if (plans_that_ran_) {
      Result first = session_->query(query, options);
      if (first.kind() == Result::Kind::boolean) first.boolean();
      while (first.kind() != Result::Kind::boolean && first.next()) {
      }
    }
    plans_that_ran_ = !plans_that_ran_;
    Result result = session_->query(query, options);
    if (result.kind() == Result::Kind::boolean) {
      answer.kind = Answer::Kind::boolean;
      answer.boolean = result.boolean();
      return answer;
    }
    if (result.kind() == Result::Kind::triples) answer.kind = Answer::Kind::triples;
    answer.variables = result.variables();
    std::vector<std::optional<Term>> cells(answer.variables.size());
    while (result.next()) {
      for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = result.get(i);
      take_row(answer, cells);
    }
  } catch (const LimitError& error) {
    answer.kind = Answer::Kind::failed;
    answer.failure = std::string("LimitError: ") + error.what();
  } catch (const std::exception& error) {
    answer.kind = Answer::Kind::failed;
    answer.failure = error.what();
  }
  return answer;
}

std::string EngineUnderTest::explain(const std::string& query, const QueryOptions& options) {
  try {
    return session_->explain(query, options);
  } catch (const std::exception& error) {
    return std::string(error.what()) + "\n";
  }
}

Answer PipePeer::ask(const std::vector<Quad>& quads, const std::string& query) {
  std::string lines = query;
  lines += '\n';
  std::size_t count = 0;
  for (const char c : lines) count += c == '\n' ? 1 : 0;
  const std::string request = "DATA " + std::to_string(quads.size()) + "\n" + test::nquads_of(quads) + "QUERY " +
                              std::to_string(count) + "\n" + lines;
  program_.write(request);
  Answer answer;
  std::string line = program_.read_line();
  if (line.starts_with("ERROR ")) {
    answer.kind = Answer::Kind::failed;
    answer.failure = line.substr(6);
  } else if (line.starts_with("BOOLEAN ")) {
    answer.kind = Answer::Kind::boolean;
    answer.boolean = line == "BOOLEAN true";
  } else if (line == "TRIPLES") {
    answer.kind = Answer::Kind::triples;
  } else {
    for (std::size_t at = line.find(' '); at != std::string::npos;) {
      const std::size_t end = line.find(' ', at + 1);
      answer.variables.push_back(line.substr(at + 1, end == std::string::npos ? end : end - at - 1));
      at = end;
    }
  }
  for (line = program_.read_line(); line != "END"; line = program_.read_line()) {
    std::vector<std::optional<Term>> cells;
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find('\t', at), line.size());
      const std::string cell = line.substr(at, end - at);
      if (cell.empty() || cell == "-")
        cells.emplace_back();
      else if (cell.starts_with("_:"))
        cells.emplace_back(Term::blank(cell.substr(2)));
      else
        cells.emplace_back(Term::parse(cell));
      at = end + 1;
    }
    if (answer.kind == Answer::Kind::triples || !answer.variables.empty())
      take_row(answer, cells);
    else
      answer.rows.emplace_back();
  }
  return answer;
}

}  // namespace dossier::differential
