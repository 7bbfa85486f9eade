#include "engine/store/term_batch.h"

#include <functional>

namespace dossier {

void TermBatch::grow() {
  std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.next == 0) continue;
    std::size_t at = slot.hash & mask;
    while (slots_[at].next != 0) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

TermBatch::Number TermBatch::add(std::string_view bytes) {
  if (slots_.size() < 2 * (ends_.size() + 1)) grow();
  const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(bytes));
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at].next != 0; at = (at + 1) & mask)
    if (slots_[at].hash == hash && this->bytes(slots_[at].next - 1) == bytes) return slots_[at].next - 1;
  bytes_.append(bytes);
  ends_.push_back(bytes_.size());
  slots_[at] = {hash, static_cast<Number>(ends_.size())};
  return slots_[at].next - 1;
}

void TermBatch::intern(WriteTransaction& transaction) {
  std::vector<std::string_view> terms;
  terms.reserve(ends_.size());
  for (Number number = 0; number < ends_.size(); ++number) terms.push_back(bytes(number));
  ids_ = transaction.intern(terms);
}

}  // namespace dossier
