// How well a name fits what was asked for.
//
// Purpose: the four kinds of match, best first: the same folded text, its beginning, a part of it, and a text
// that differs in a few places. "A few" grows with the length: none up to 3 letters, 1 up to 7, 2 up to 11,
// and so on to 5; of a part of a name 1 from 5 letters on, 2 from 10. A letter changed, put in or left out is
// one edit, and so are two neighbours in the other's place (optimal string alignment). For that last kind
// letters that spellings exchange count as one (g k q, b p, d t, c j z, i y, v w), double letters as single
// and an h behind a consonant as none, so that romanisations meet (Zhang and Chang, Kim and Gim, Sergei and
// Sergey); where one of the two is in a script without vowels, the consonants are compared. The edit distance
// is counted with the bits of a word (Myers 1999, with transpositions after Hyyrö 2003), some 50 ns a name; a
// name that lacks too many of the letters is left aside before. Thread-safety: a LabelMatcher belongs to one
// thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/dossier.h"
#include "engine/labels/folded_text.h"

namespace dossier {

struct LabelFit {
  LabelMatch match = LabelMatch::exact;
  std::uint32_t distance = 0;  // of LabelMatch::similar: by sounds, which is what ranks
};

class LabelMatcher {
 public:
  // `weakest`: what is not to be looked for is not.
  LabelMatcher(const FoldedText& wanted, LabelMatch weakest);

  std::optional<LabelFit> fit(std::string_view folded, bool consonantal);
  // False: it does not, which is told fast where only beginnings are looked for.
  bool may_fit(std::string_view folded) const {
    return weakest_ > LabelMatch::prefix || (folded.size() >= wanted_.text.size() &&
                                             folded.starts_with(std::string_view(wanted_.text).substr(0, 1)));
  }
  void narrow(LabelMatch weakest) { weakest_ = std::min(weakest_, weakest); }

  // Letters that have to be changed, put in or left out, and neighbours to be exchanged, to make one text the
  // other.
  static std::uint32_t edit_distance(std::string_view a, std::string_view b);
  // How many may, for a name of so many letters, and for a part of one.
  static std::uint32_t most_edits(std::size_t letters);
  static std::uint32_t most_part_edits(std::size_t letters);
  // The text by its sounds; `consonants`: without vowels, too.
  static void append_sounds(std::string& out, std::string_view folded, bool consonants = false);

 private:
  // Whether the text may be similar by the letters it has, as a whole and in a part.
  struct Hope {
    bool whole;
    bool part;
  };
  Hope hope(std::string_view folded) const;
  // The distance to the text, or to the part of the text that fits best, when it is no more than `most`.
  std::optional<std::uint32_t> bits_distance(std::string_view text, bool part, std::uint32_t most) const;

  FoldedText wanted_;
  LabelMatch weakest_;
  std::string sounds_;
  std::string consonants_;
  std::uint32_t most_ = 0;
  std::uint32_t most_part_ = 0;
  std::uint32_t letters_ = 0;                   // of sounds_, a bit each
  std::array<std::uint64_t, 256> positions_{};  // of each byte in sounds_
  std::string other_;                           // sounds of the text at hand
};

}  // namespace dossier
