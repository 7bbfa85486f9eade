#include "engine/query/describe.h"

#include "engine/model/term.h"

namespace dossier {

Describer::Describer(Planner& planner)
    : planner_(planner),
      // Numbers that no query uses; these scans know no names.
      first_(~Variable{0} - 1),
      second_(~Variable{0} - 2),
      reifies_(planner.translator().iri(std::string(iri::kRdfReifies))),
      seen_(planner.context(), 1, "describe") {}

void Describer::add(Id resource) {
  if (!resource.is_bound()) return;
  bool added = false;
  seen_.insert(&resource, added);
  if (added) waiting_.push_back(resource);
}

void Describer::scan(const QuadPatternNode& node, const Schema& columns,
                     const std::function<void(const Batch&, std::size_t)>& row) {
  QueryContext& context = planner_.context();
  const ResolvedPattern pattern = resolve_pattern(node, {}, planner_.dataset(), context.snapshot());
  if (pattern.impossible) return;
  std::array<bool, 4> fixed{};
  for (std::size_t i = 0; i < 3; ++i) fixed[i] = !pattern.positions[i].is_variable;
  fixed[3] = pattern.graph.kind == GraphFilter::Kind::exact;
  const auto paths = access_paths(pattern, fixed);
  const OperatorPtr rows = make_index_scan(context, pattern, paths.front(), columns);
  Batch batch;
  while (rows->next(batch))
    for (std::size_t i = 0; i < batch.rows; ++i) row(batch, i);
}

bool Describer::next(RowTable& triples) {
  if (waiting_.empty()) return false;
  const Id resource = waiting_.front();
  waiting_.pop_front();
  QueryContext& context = planner_.context();
  QuadPatternNode node;
  node.subject = Slot::constant(resource);
  node.predicate = Slot::of(first_);
  node.object = Slot::of(second_);
  std::vector<std::array<Id, 3>> found;
  Reservation reservation(context.budget(), "describe");
  scan(node, {first_, second_}, [&](const Batch& batch, std::size_t row) {
    found.push_back({resource, batch.columns[0][row], batch.columns[1][row]});
    if ((found.size() & 1023) == 0) reservation.resize(found.capacity() * sizeof(found[0]));
  });
  for (const auto& triple : found) {
    triples.append_ids(triple.data());
    if (triple[2].tag() == Tag::blank) add(triple[2]);
    const Id term = context.snapshot().find_triple(triple[0], triple[1], triple[2]);
    if (!term.is_bound()) continue;
    QuadPatternNode reifiers;
    reifiers.subject = Slot::of(first_);
    reifiers.predicate = Slot::constant(reifies_);
    reifiers.object = Slot::constant(term);
    scan(reifiers, {first_}, [&](const Batch& batch, std::size_t row) { add(batch.columns[0][row]); });
  }
  return true;
}

}  // namespace dossier
