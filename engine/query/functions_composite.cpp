// The functions of the SPARQL-CDTs draft on lists and maps.
//
// Arguments stay ids: the lists come from the context's cache, so that no text is decoded for a row that has
// the same one.
#include <unordered_map>

#include "engine/query/composite_values.h"
#include "engine/query/functions.h"

namespace dossier::functions {
namespace {

// An integer argument, of xsd:integer or derived from it; what lies beyond 64 bits is out of every list.
bool read_integer(QueryContext& context, Id id, std::int64_t& out) {
  if (id.tag() == Tag::integer) {
    out = integer_of(id);
    return true;
  }
  if (!id.is_bound() || context.terms().kind(id) != TermKind::literal) return false;
  const Value value = value_of(context, id);
  if (value.kind != ValueKind::number || value.number.kind() != NumericKind::integer) return false;
  const Id canonical = value.number.inline_id();
  if (canonical.tag() != Tag::integer) return false;
  out = integer_of(canonical);
  return true;
}

Id write_list(QueryContext& context, CompositeValue& list, std::size_t from, std::size_t to) {
  CompositeWriter writer(context, cdt::Kind::list);
  writer.add(list, from, to);
  return writer.finish();
}

// The entry of a map that has the term as its key.
std::optional<std::size_t> find_entry(QueryContext& context, const CompositeValue& map, Id key) {
  if (!is_map_key(context, key)) return {};
  return map.find(context, key);
}

}  // namespace

Id cdt_list(FunctionCall& call) {
  CompositeWriter writer(call.context, cdt::Kind::list);
  for (std::size_t i = 0; i < call.size(); ++i) writer.add(call[i].id);
  return writer.finish();
}

Id cdt_map(FunctionCall& call) {
  if (call.size() % 2 != 0) return kUnbound;
  std::vector<std::pair<Id, Id>> entries;
  std::unordered_map<Id, std::size_t> places;
  for (std::size_t i = 0; i < call.size(); i += 2) {
    const Id key = call.context.terms().settle(call[i].id);
    if (!is_map_key(call.context, key)) continue;
    const auto [place, added] = places.try_emplace(key, entries.size());
    if (added)
      entries.emplace_back(key, call[i + 1].id);
    else
      entries[place->second].second = call[i + 1].id;
  }
  CompositeWriter writer(call.context, cdt::Kind::map);
  for (const auto& [key, value] : entries) writer.add(key, value);
  return writer.finish();
}

Id cdt_get(FunctionCall& call) {
  const CompositePtr composite = composite_of(call.context, call[0].id);
  if (composite == nullptr) return kUnbound;
  if (composite->is_list()) {
    std::int64_t index = 0;
    if (!read_integer(call.context, call[1].id, index)) return kUnbound;
    if (index < 1 || static_cast<std::uint64_t>(index) > composite->size()) return kUnbound;
    return composite->element(call.context, static_cast<std::size_t>(index - 1));
  }
  const auto entry = find_entry(call.context, *composite, call[1].id);
  return entry ? composite->value(call.context, *entry) : kUnbound;
}

Id cdt_size(FunctionCall& call) {
  const CompositePtr composite = composite_of(call.context, call[0].id);
  return composite == nullptr ? kUnbound : inline_integer(static_cast<std::int64_t>(composite->size()));
}

Id cdt_concat(FunctionCall& call) {
  std::vector<CompositePtr> lists;
  for (std::size_t i = 0; i < call.size(); ++i) {
    lists.push_back(list_of(call.context, call[i].id));
    if (lists.back() == nullptr) return kUnbound;
  }
  if (call.size() == 1) return call[0].id;
  CompositeWriter writer(call.context, cdt::Kind::list);
  for (const CompositePtr& list : lists) writer.add(*list, 0, list->size());
  return writer.finish();
}

Id cdt_contains(FunctionCall& call) {
  QueryContext& context = call.context;
  const CompositePtr list = list_of(context, call[0].id);
  if (list == nullptr) return kUnbound;
  for (std::size_t i = 0; i < list->size(); ++i) {
    if ((i & 0xFFF) == 0xFFF) context.check();
    const Id element = list->element(context, i);
    if (element.is_bound() && equal_values(context, element, call[1].id) == Truth::yes)
      return inline_boolean(true);
  }
  return inline_boolean(false);
}

Id cdt_head(FunctionCall& call) {
  const CompositePtr list = list_of(call.context, call[0].id);
  return list == nullptr || list->size() == 0 ? kUnbound : list->element(call.context, 0);
}

Id cdt_tail(FunctionCall& call) {
  const CompositePtr list = list_of(call.context, call[0].id);
  return list == nullptr || list->size() == 0 ? kUnbound : write_list(call.context, *list, 1, list->size());
}

Id cdt_reverse(FunctionCall& call) {
  const CompositePtr list = list_of(call.context, call[0].id);
  if (list == nullptr) return kUnbound;
  CompositeWriter writer(call.context, cdt::Kind::list);
  for (std::size_t i = list->size(); i-- > 0;) writer.add(*list, i, i + 1);
  return writer.finish();
}

Id cdt_subseq(FunctionCall& call) {
  const CompositePtr list = list_of(call.context, call[0].id);
  std::int64_t index = 0;
  if (list == nullptr || !read_integer(call.context, call[1].id, index)) return kUnbound;
  const auto size = static_cast<std::int64_t>(list->size());
  if (index < 1 || index > size + 1) return kUnbound;
  std::int64_t length = size + 1 - index;
  if (call.size() == 3) {
    const std::int64_t most = length;
    if (!read_integer(call.context, call[2].id, length) || length < 0 || length > most) return kUnbound;
  }
  const auto from = static_cast<std::size_t>(index - 1);
  return write_list(call.context, *list, from, from + static_cast<std::size_t>(length));
}

Id cdt_keys(FunctionCall& call) {
  const CompositePtr map = map_of(call.context, call[0].id);
  return map == nullptr ? kUnbound : write_list(call.context, *map, 0, map->size());
}

Id cdt_contains_key(FunctionCall& call) {
  const CompositePtr map = map_of(call.context, call[0].id);
  if (map == nullptr) return kUnbound;
  return inline_boolean(find_entry(call.context, *map, call[1].id).has_value());
}

Id cdt_merge(FunctionCall& call) {
  const CompositePtr first = map_of(call.context, call[0].id);
  const CompositePtr second = map_of(call.context, call[1].id);
  if (first == nullptr || second == nullptr) return kUnbound;
  CompositeWriter writer(call.context, cdt::Kind::map);
  writer.add(*first, 0, first->size());
  for (std::size_t i = 0; i < second->size(); ++i)
    if (!first->find(call.context, second->key(call.context, i))) writer.add(*second, i, i + 1);
  return writer.finish();
}

Id cdt_put(FunctionCall& call) {
  const CompositePtr map = map_of(call.context, call[0].id);
  const Id key = call[1].id;
  if (map == nullptr || !is_map_key(call.context, key)) return kUnbound;
  const Id value = call.size() == 3 ? call[2].id : kUnbound;
  const std::size_t entry = find_entry(call.context, *map, key).value_or(map->size());
  CompositeWriter writer(call.context, cdt::Kind::map);
  writer.add(*map, 0, entry);
  writer.add(key, value);
  if (entry < map->size()) writer.add(*map, entry + 1, map->size());
  return writer.finish();
}

Id cdt_remove(FunctionCall& call) {
  const CompositePtr map = map_of(call.context, call[0].id);
  if (map == nullptr) return kUnbound;
  if (!is_map_key(call.context, call[1].id)) return call[0].id;
  const std::size_t entry = find_entry(call.context, *map, call[1].id).value_or(map->size());
  CompositeWriter writer(call.context, cdt::Kind::map);
  writer.add(*map, 0, entry);
  if (entry < map->size()) writer.add(*map, entry + 1, map->size());
  return writer.finish();
}

}  // namespace dossier::functions
