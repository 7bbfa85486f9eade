// The things that a command is about, as a person names them.
//
// Purpose: `$1`, `prefix:name`, `<IRI>`, a literal, or a name: "Chen Yuhuang". A name that several things have gives their
// list, which `$1`, `$2`, ... then stand for. Errors: UsageError. Thread-safety: main thread only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shell/explorer.h"

namespace dossier::shell {

// Takes one off the arguments. `alone`: nothing else may follow, so a name needs no quotes.
Term take_entity(Explorer& explorer, std::string_view& arguments, bool alone = false);

struct NamedHit {
  Term subject;
  Term label;
  LabelMatch match = LabelMatch::exact;
  unsigned distance = 0;
  std::uint64_t degree = 0;
};
// Each thing once, by the name that fits best; those that fit alike by their degree.
std::vector<NamedHit> find_named(Explorer& explorer, std::string_view text, std::size_t limit);
// Prints them with `$1` and so on, which from then on stand for them.
void list_hits(Explorer& explorer, const std::vector<NamedHit>& hits);

}  // namespace dossier::shell
