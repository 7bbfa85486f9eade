// Paths as values: where a search may stand, and what its selector, its step and its variables may be.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "grammar/builder.h"

namespace dossier::grammar {
namespace {

bool unbounded(const Path& path) {
  if (path.kind == Path::Kind::repeat && path.max == 0) return false;
  return (path.kind == Path::Kind::repeat && path.max == Path::kUnbounded) ||
         std::any_of(path.parts.begin(), path.parts.end(), unbounded);
}

}  // namespace

void Builder::open_search() {
  if (sink_ != Sink::where) fail(at_, "a path search cannot stand in a template");
  if (subjects_.back().nested)
    fail(at_, "a path search cannot stand inside of [ ] or {| |}",
         "a triple of its own, with a variable in the place of [ ] or of the reifier");
  searches_.emplace_back();
  searches_.back().at = {at_};
}

void Builder::search_count() {
  PathSearch& search = searches_.back();
  const char* const last = lexical_.data() + lexical_.size();
  // A number beyond 64 bits asks for more paths than there can be.
  if (std::from_chars(lexical_.data(), last, search.count).ec != std::errc()) search.count = UINT64_MAX;
  if (search.count == 0) fail(at_, "a path search asks for at least one path", "a number from 1 on");
}

void Builder::via_ends() {
  PathSearch::Via via;
  via.to = pop_var();
  via.from = pop_var();
  if (via.from.name == via.to.name)
    fail(via.to.at.offset, "a step leads from ?" + via.from.name + " to itself", "two different variables");
  searches_.back().via = std::move(via);
}

void Builder::via_pattern() {
  PathSearch::Via& via = *searches_.back().via;
  via_visible_.push_back(std::move(closed_.back().visible));
  via.pattern = std::make_shared<const GroupPattern>(take_group(false));
  for (const Var* end : {&via.from, &via.to}) check_via_variable(*end);
  PathNode step;
  step.path.at = via.pattern->at;
  paths_.push_back(std::move(step));
}

void Builder::check_via_variable(const Var& variable) const {
  if (!via_visible_.back().contains(variable.name))
    fail(variable.at.offset, "the pattern of VIA does not bind ?" + variable.name,
         "a variable of the pattern");
}

void Builder::via_ascending() {
  Var variable = pop_var();
  check_via_variable(variable);
  searches_.back().via->ascending = std::move(variable);
}

void Builder::via_cost() {
  Var variable = pop_var();
  check_via_variable(variable);
  searches_.back().via->cost = std::move(variable);
}

void Builder::search_step() {
  PathSearch& search = searches_.back();
  if (search.via) via_visible_.pop_back();
  search.path = pop_path().path;
  if (search.selector == PathSearch::Selector::cheapest && !(search.via && search.via->cost))
    fail(search.at.offset, "CHEAPEST needs to know what a step costs",
         "a step with a COST: (VIA ?x ?y { ... BIND(... AS ?c) }+ COST ?c AS ...)");
  if (search.selector == PathSearch::Selector::all && search.mode == PathSearch::Mode::walk &&
      unbounded(search.path))
    fail(search.at.offset, "all walks of a step without a bound have no end where the graph has a circle",
         "a bound, such as {1,6} in the place of + or *; a mode: TRAIL, ACYCLIC or SIMPLE; or another "
         "selector: ANY, ANY SHORTEST, ALL SHORTEST, SHORTEST k or SHORTEST k GROUPS");
}

void Builder::search_output() {
  searches_.back().outputs.push_back(pop_var());
}

void Builder::finish_search() {
  Term object = pop_term();
  PathSearch search = std::move(searches_.back());
  searches_.pop_back();
  const std::vector<Var> outputs = search.outputs;
  const SubjectFrame& frame = subjects_.back();
  emit(frame.subject, Box<PathSearch>(std::move(search)), std::move(object), frame.at);
  for (const Var& output : outputs) assign("AS", output);
}

}  // namespace dossier::grammar
