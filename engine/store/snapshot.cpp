#include "engine/store/snapshot.h"

namespace dossier {
namespace {

constexpr int kMaxTermDepth = 1'000;

Term read_term(const Snapshot& snapshot, Id id, int depth) {
  if (id.tag() != Tag::triple) return term_from_bytes(snapshot.decode(id));
  if (depth == kMaxTermDepth) throw QueryError("a triple term is nested more than 1,000 levels deep");
  const auto [subject, predicate, object] = snapshot.triple(id);
  return Term::triple(read_term(snapshot, subject, depth + 1), read_term(snapshot, predicate, depth + 1),
                      read_term(snapshot, object, depth + 1));
}

}  // namespace

bool Snapshot::decode_ascending(std::span<const Id> ids, unsigned, std::size_t most, std::string& bytes,
                                std::vector<std::size_t>& offsets) const {
  const std::size_t before = bytes.size();
  decode(ids, bytes, offsets);
  return bytes.size() - before <= most;
}

std::string Snapshot::decode(Id id) const {
  std::string bytes;
  std::vector<std::size_t> offsets;
  decode(std::span<const Id>(&id, 1), bytes, offsets);
  return bytes;
}

Term Snapshot::term(Id id) const {
  return read_term(*this, id, 0);
}

}  // namespace dossier
