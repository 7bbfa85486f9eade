#include "engine/labels/label_matcher.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <vector>

namespace dossier {
namespace {

constexpr std::size_t kWordBits = 64;
constexpr std::size_t kLeastConsonants = 3;
constexpr std::size_t kConsonantsWithEdit = 5;
constexpr bool is_vowel(char c) {
  return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
}

// The letter that stands for all that spellings exchange with it.
constexpr std::array<char, 256> kSound = [] {
  std::array<char, 256> sounds{};
  for (int c = 0; c < 256; ++c) sounds[static_cast<std::size_t>(c)] = static_cast<char>(c);
  for (const char* pair : {"gk", "qk", "bp", "dt", "jc", "zc", "yi", "wv"})
    sounds[static_cast<unsigned char>(pair[0])] = pair[1];
  return sounds;
}();

// The letters that a letter may sound as, a bit each; what is no Latin letter has none.
constexpr std::array<std::uint32_t, 256> kLetters = [] {
  std::array<std::uint32_t, 256> letters{};
  for (int c = 'a'; c <= 'z'; ++c)
    letters[static_cast<std::size_t>(c)] = std::uint32_t{1} << (kSound[static_cast<std::size_t>(c)] - 'a');
  letters['x'] = letters['k'] | letters['s'];
  return letters;
}();

// Those that sounds leave out in places.
constexpr std::uint32_t kDropped = kLetters['e'] | kLetters['h'];

std::uint32_t letters_of(std::string_view text) {
  std::uint32_t letters = 0;
  for (const char c : text) letters |= kLetters[static_cast<unsigned char>(c)];
  return letters;
}

}  // namespace

void LabelMatcher::append_sounds(std::string& out, std::string_view folded, bool consonants) {
  const std::size_t begin = out.size();
  out.resize(begin + 2 * folded.size());
  char* const first = out.data() + begin;
  char* end = first;
  char last = '\0';
  const auto add = [&](char c) {
    *end = c;
    end += c != last;
    last = c;
  };
  for (std::size_t i = 0; i < folded.size(); ++i) {
    const char c = folded[i];
    if (c == 'h' && i > 0 && !is_vowel(folded[i - 1])) continue;
    if (consonants && (is_vowel(c) || c == 'y' || c == 'w' || c == 'h')) continue;
    if (c == 'x') {
      add('k');
      add('s');
      continue;
    }
    // The e of Korean eo and eu, which others write as one vowel.
    if (c == 'e' && i + 1 < folded.size() && (folded[i + 1] == 'o' || folded[i + 1] == 'u')) continue;
    add(kSound[static_cast<unsigned char>(c)]);
  }
  out.resize(begin + static_cast<std::size_t>(end - first));
}

std::uint32_t LabelMatcher::most_edits(std::size_t letters) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(letters / 4, 5));
}

std::uint32_t LabelMatcher::most_part_edits(std::size_t letters) {
  // A part that nearly fits tells little when what was asked for is short.
  return letters < 5 ? 0 : letters < 10 ? 1 : 2;
}

std::uint32_t LabelMatcher::edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::uint32_t> row(b.size() + 1);
  std::vector<std::uint32_t> before(b.size() + 1);
  std::vector<std::uint32_t> before_that(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<std::uint32_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_that.swap(before);
    before.swap(row);
    row[0] = static_cast<std::uint32_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({before[j] + 1, row[j - 1] + 1, before[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_that[j - 2] + 1);
    }
  }
  return row.back();
}

LabelMatcher::LabelMatcher(const FoldedText& wanted, LabelMatch weakest)
    : wanted_(wanted), weakest_(weakest) {
  append_sounds(sounds_, wanted.text);
  append_sounds(consonants_, wanted.text, true);
  most_ = most_edits(wanted.text.size());
  most_part_ = most_part_edits(wanted.text.size());
  letters_ = letters_of(sounds_);
  if (sounds_.size() > kWordBits) return;
  for (std::size_t i = 0; i < sounds_.size(); ++i)
    positions_[static_cast<unsigned char>(sounds_[i])] |= std::uint64_t{1} << i;
}

// An edit brings one letter at most and takes one away, so that what fits lacks few, and as a whole has few of its own.
LabelMatcher::Hope LabelMatcher::hope(std::string_view folded) const {
  const std::uint32_t letters = letters_of(folded);
  const auto lacking = static_cast<std::uint32_t>(std::popcount(letters_ & ~letters));
  const auto own = static_cast<std::uint32_t>(std::popcount(letters & ~(letters_ | kDropped)));
  return {lacking <= most_ && own <= most_, lacking <= most_part_};
}

// One column of the matrix of distances is two words: where it rises by one and where it falls by one.
std::optional<std::uint32_t> LabelMatcher::bits_distance(std::string_view text, bool part,
                                                         std::uint32_t most) const {
  const std::size_t length = sounds_.size();
  if (length == 0 || length > kWordBits) return std::nullopt;
  std::uint64_t rises = ~std::uint64_t{0};
  std::uint64_t falls = 0;
  std::uint64_t level = 0;  // where the diagonal does not rise
  std::uint64_t equal_before = 0;
  const std::uint64_t last = std::uint64_t{1} << (length - 1);
  auto distance = static_cast<std::uint32_t>(length);
  std::uint32_t best = distance;
  std::size_t left = text.size();
  for (const char c : text) {
    // Each letter that is left takes one off at most.
    if (best > most && distance > most + left) return std::nullopt;
    --left;
    const std::uint64_t equal = positions_[static_cast<unsigned char>(c)];
    const std::uint64_t exchanged = ((~level & equal) << 1) & equal_before;
    level = (((equal & rises) + rises) ^ rises) | equal | falls | exchanged;
    equal_before = equal;
    std::uint64_t right_rises = falls | ~(level | rises);
    std::uint64_t right_falls = rises & level;
    if ((right_rises & last) != 0) ++distance;
    if ((right_falls & last) != 0) --distance;
    // A part may begin anywhere: the first row is all zeros. Else it counts the letters passed.
    right_rises = (right_rises << 1) | (part ? 0 : 1);
    right_falls <<= 1;
    rises = right_falls | ~(level | right_rises);
    falls = right_rises & level;
    best = std::min(best, distance);
  }
  const std::uint32_t found = part ? best : distance;
  if (found > most) return std::nullopt;
  return found;
}

std::optional<LabelFit> LabelMatcher::fit(std::string_view folded, bool consonantal) {
  const std::string_view wanted = wanted_.text;
  if (wanted.empty() || folded.empty()) return std::nullopt;
  if (folded.starts_with(wanted)) {
    const LabelMatch match = folded.size() == wanted.size() ? LabelMatch::exact : LabelMatch::prefix;
    if (match > weakest_) return std::nullopt;
    return LabelFit{match, 0};
  }
  if (weakest_ < LabelMatch::part) return std::nullopt;
  if (folded.find(wanted) != std::string_view::npos) return LabelFit{LabelMatch::part, 0};
  if (weakest_ < LabelMatch::similar) return std::nullopt;
  if (consonantal != wanted_.consonantal) {
    if (consonants_.size() < kLeastConsonants) return std::nullopt;
    other_.clear();
    append_sounds(other_, folded, true);
    if (other_ == consonants_) return LabelFit{LabelMatch::similar, 1};
    const std::size_t shorter = std::min(other_.size(), consonants_.size());
    const std::size_t longer = std::max(other_.size(), consonants_.size());
    if (shorter < kConsonantsWithEdit || longer > shorter + 1) return std::nullopt;
    if (edit_distance(other_, consonants_) == 1) return LabelFit{LabelMatch::similar, 2};
    return std::nullopt;
  }
  if (wanted.size() < 3) return std::nullopt;
  // Sounds drop letters, though hardly more than a third of them.
  if (folded.size() > 2 * wanted.size() + most_ && most_part_ == 0) return std::nullopt;
  const Hope hopes = hope(folded);
  if (!hopes.whole && !hopes.part) return std::nullopt;
  other_.clear();
  append_sounds(other_, folded);
  const std::size_t difference =
      other_.size() > sounds_.size() ? other_.size() - sounds_.size() : sounds_.size() - other_.size();
  if (hopes.whole && difference <= most_)
    if (const auto distance = bits_distance(other_, false, most_))
      return LabelFit{LabelMatch::similar, *distance};
  if (hopes.part && most_part_ > 0 && other_.size() > sounds_.size())
    if (const auto distance = bits_distance(other_, true, most_part_))
      return LabelFit{LabelMatch::similar, *distance + 1};
  return std::nullopt;
}

}  // namespace dossier
