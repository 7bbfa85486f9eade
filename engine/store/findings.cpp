#include "engine/store/findings.h"

#include <algorithm>

namespace dossier {
namespace {

constexpr std::size_t kShownBytes = 100;  // of a term

}  // namespace

void Findings::add(const std::string& kind, const std::string& detail) {
  std::string finding = detail.empty() ? kind : kind + ": " + detail;
  // What several parts of the check come upon is said once.
  if (std::find(all_.begin(), all_.end(), finding) != all_.end()) return;
  if (++kinds_[kind] > kMostAlike || all_.size() >= kMostFindings) return;
  all_.push_back(std::move(finding));
}

std::vector<std::string> Findings::take() {
  for (const auto& [kind, times] : kinds_)
    if (times > kMostAlike) all_.push_back(kind + ": " + std::to_string(times) + " times in all");
  return std::move(all_);
}

std::string Findings::show(Id id) const {
  if (id == kDefaultGraph) return "the default graph";
  std::string text = id.in_dictionary() ? "the term " + std::to_string(id.payload())
                                        : "the value " + std::to_string(id.bits);
  try {
    std::string term = snapshot_.term(id).to_string();
    if (term.size() > kShownBytes) {
      std::size_t end = kShownBytes;
      while (end > 0 && (static_cast<unsigned char>(term[end]) & 0xC0) == 0x80) --end;
      term = term.substr(0, end) + "...";
    }
    text += " " + term;
  } catch (const Error&) {
    text += " (which cannot be read)";
  }
  return text;
}

std::string Findings::show_quad(const Values& row) const {
  std::string text = "{ ";
  for (std::size_t c = 0; c < 4; ++c) text += show(Id{row[c]}) + (c < 3 ? ", " : " }");
  return text;
}

std::string Findings::show_triple(const Values& row) const {
  return "the triple term " + std::to_string(Id{row[3]}.payload()) + " of { " + show(Id{row[0]}) + ", " +
         show(Id{row[1]}) + ", " + show(Id{row[2]}) + " }";
}

std::string name_of(Relation relation) {
  return std::string(kFamilyNames[static_cast<std::size_t>(family_of(relation))]);
}

std::string show_row(const Values& row, std::size_t width) {
  std::string text = "(";
  for (std::size_t c = 0; c < width; ++c) text += (c > 0 ? ", " : "") + std::to_string(row[c]);
  return text + ")";
}

}  // namespace dossier
