#include "engine/store/snapshot.h"

namespace dossier {

std::string Snapshot::decode(Id id) const {
  std::string bytes;
  std::vector<std::size_t> offsets;
  decode(std::span<const Id>(&id, 1), bytes, offsets);
  return bytes;
}

Term Snapshot::term(Id id) const {
  if (id.tag() == Tag::triple) {
    const std::array<Id, 3> parts = triple(id);
    return Term::triple(term(parts[0]), term(parts[1]), term(parts[2]));
  }
  if (id.tag() == Tag::blank) return Term::blank("b" + std::to_string(id.payload()));
  std::string bytes;
  if (id.is_inline())
    append_inline_bytes(bytes, id);
  else
    bytes = decode(id);
  return term_from_bytes(bytes);
}

}  // namespace dossier
