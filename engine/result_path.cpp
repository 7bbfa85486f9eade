// The paths of a result, as nodes and edges.
#include "engine/query/composite_values.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

class PathReader {
 public:
  PathReader(QueryContext& context, const PathStep& step, Id start)
      : context_(context), terms_(context.terms()), step_(step), start_(start) {}

  // False: the list is no path.
  bool read(CompositeValue& list, Path& path) {
    std::vector<Id> elements;
    for (std::size_t i = 0; i < list.size(); ++i) elements.push_back(list.element(context_, i));
    if (elements.empty()) {
      if (start_.is_bound()) path.nodes.push_back(terms_.term(start_));
      return true;
    }
    if (!elements[0].is_bound()) return false;
    if (terms_.kind(elements[0]) != TermKind::triple) return read_maps(elements, path);
    if (start_.is_bound()) return walk(elements, start_, path);
    const std::array<Id, 3> first = terms_.triple(elements[0]);
    return walk(elements, first[0], path) || walk(elements, first[2], path);
  }

 private:
  bool walk(const std::vector<Id>& elements, Id at, Path& path) {
    path = {{terms_.term(at)}, {}, {}, {}};
    for (Id element : elements) {
      if (!element.is_bound() || terms_.kind(element) != TermKind::triple) return false;
      const std::array<Id, 3> edge = terms_.triple(element);
      const bool backwards = edge[0] != at;
      if (backwards && edge[2] != at) return false;
      at = backwards ? edge[0] : edge[2];
      path.edges.push_back({terms_.term(element), backwards, {}});
      path.nodes.push_back(terms_.term(at));
    }
    return true;
  }

  bool read_maps(const std::vector<Id>& elements, Path& path) {
    path.from = step_.from;
    path.to = step_.to;
    for (Id element : elements) {
      const CompositePtr map = element.is_bound() ? map_of(context_, element) : nullptr;
      if (map == nullptr) return false;
      Path::Edge edge;
      const Term* from = nullptr;
      const Term* to = nullptr;
      edge.values.reserve(map->size());
      for (std::size_t i = 0; i < map->size(); ++i) {
        const Id value = map->value(context_, i);
        if (!value.is_bound()) continue;
        const Term key = terms_.term(map->key(context_, i));
        edge.values.emplace_back(key.value(), terms_.term(value));
        if (key.value() == step_.from) from = &edge.values.back().second;
        if (key.value() == step_.to) to = &edge.values.back().second;
      }
      if (from == nullptr || to == nullptr || (!path.nodes.empty() && path.nodes.back() != *from))
        return false;
      if (path.nodes.empty()) path.nodes.push_back(*from);
      path.nodes.push_back(*to);
      path.edges.push_back(std::move(edge));
    }
    return true;
  }

  QueryContext& context_;
  LocalTerms& terms_;
  const PathStep& step_;
  Id start_;
};

}  // namespace

std::optional<Path> Result::path(std::size_t column) const {
  State& state = *state_;
  const Id id = state.cell(column);
  if (!id.is_bound()) return std::nullopt;
  PathStep step;
  if (const PathColumns& paths = state.planned.execution->paths(); column < paths.size() && paths[column])
    step = *paths[column];
  Id start = step.start;
  if (step.start_column) start = state.cell(*step.start_column);
  Path path;
  const CompositePtr list = list_of(*state.planned.context, id);
  if (list == nullptr || !PathReader(*state.planned.context, step, start).read(*list, path))
    throw QueryError("the value of ?" + variables()[column] +
                     " is no path; ask for the first variable after AS of a path search");
  return path;
}

std::optional<Path> Result::path(std::string_view variable) const {
  return path(state_->column(variable));
}

}  // namespace dossier
