#include "shell/notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <tuple>

#include "engine/io/display_width.h"
#include "shell/columns.h"
#include "shell/local_name.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMostClaims = 3;
constexpr std::size_t kBriefText = 32;
constexpr std::size_t kFullText = 60;
constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema#";

std::string lower_local_name(const Term& predicate) {
  std::string name(local_name(predicate.value()));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

bool has_any(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

// Dates first, then texts, then who says it, then the rest.
constexpr int kDatePlace = 0;
constexpr int kTextPlace = 1;
constexpr int kOtherPlace = 9;
int place_of(const std::pair<Term, Term>& said) {
  const int rank = source_rank(said.first);
  if (is_date(said.second)) return kDatePlace;
  if (rank != 0) return kTextPlace + rank;
  return said.second.is_literal() ? kTextPlace : kOtherPlace;
}

}  // namespace

bool is_date(const Term& term) {
  static constexpr std::array<std::string_view, 8> kDates = {
      "date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"};
  if (!term.is_literal() || !term.datatype().starts_with(kXsd)) return false;
  return std::find(kDates.begin(), kDates.end(), term.datatype().substr(kXsd.size())) != kDates.end();
}

int source_rank(const Term& predicate) {
  static constexpr std::array<std::pair<std::string_view, int>, 15> kWords = {{{"said", 1},
                                                                               {"attribut", 1},
                                                                               {"accord", 1},
                                                                               {"claim", 1},
                                                                               {"stated", 1},
                                                                               {"assert", 1},
                                                                               {"author", 2},
                                                                               {"creator", 2},
                                                                               {"report", 3},
                                                                               {"publish", 3},
                                                                               {"source", 4},
                                                                               {"reference", 4},
                                                                               {"cit", 4},
                                                                               {"derived", 5},
                                                                               {"evidence", 5}}};
  const std::string name = lower_local_name(predicate);
  for (const auto& [word, rank] : kWords)
    if (name.find(word) != std::string::npos) return rank;
  return 0;
}

DateKey date_key(const Term& date) {
  const std::string_view text = date.value();
  DateKey key;
  if (text.starts_with("--")) {
    key.without_year = true;
    key.rest = text.substr(2);
    return key;
  }
  const std::size_t end = text.find('-', 1);
  const std::string_view year = text.substr(0, end);
  std::from_chars(year.data(), year.data() + year.size(), key.year);
  if (end != std::string_view::npos) key.rest = text.substr(end + 1);
  return key;
}

std::string brief_note(Said said, const Namer& name) {
  std::stable_sort(said.begin(), said.end(),
                   [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  std::string note;
  const auto add = [&](std::string_view words) {
    if (!note.empty()) note += ", ";
    note += words;
  };
  std::string since;
  std::string until;
  for (const auto& [predicate, value] : said) {
    if (!is_date(value)) continue;
    const std::string about = lower_local_name(predicate);
    if (until.empty() && has_any(about, {"until", "end", "till", "thru"})) {
      until = value.value();
    } else if (since.empty() && has_any(about, {"since", "start", "begin", "from"})) {
      since = value.value();
    } else {
      add(value.value());
    }
  }
  if (!since.empty() && !until.empty())
    add(since + " – " + until);
  else if (!since.empty() || !until.empty())
    add(since.empty() ? "until " + until : "from " + since);
  int source = 0;  // the place of the first: who says it; where it stands is left out
  for (const auto& pair : said) {
    const int place = place_of(pair);
    if (place == kDatePlace || place == kOtherPlace) continue;
    if (place != kTextPlace) {
      if (source != 0 && place != source) continue;
      source = place;
    }
    if (const std::string words = name(pair.second); !words.empty()) add(words);
  }
  return note;
}

namespace {

std::string full_note(Explorer& explorer, Said said) {
  std::stable_sort(said.begin(), said.end(),
                   [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  std::string note;
  for (const auto& [predicate, value] : said) {
    if (!note.empty()) note += ", ";
    note += explorer.name(predicate) + ' ' + elided(explorer.name(value), kFullText);
  }
  return note;
}

}  // namespace

std::string notes_of(Explorer& explorer, const std::vector<Claim>& claims, NoteStyle style) {
  const auto name = [&](const Term& term) { return elided(explorer.name(term), kBriefText); };
  std::vector<std::string> notes;
  for (const Claim& claim : claims) {
    std::string note =
        style == NoteStyle::full ? full_note(explorer, claim.said) : brief_note(claim.said, name);
    if (!note.empty() && std::find(notes.begin(), notes.end(), note) == notes.end())
      notes.push_back(std::move(note));
  }
  std::string joined;
  for (std::size_t i = 0; i < notes.size() && i < kMostClaims; ++i) {
    if (!joined.empty()) joined += "; ";
    joined += notes[i];
  }
  if (notes.size() > kMostClaims) joined += fmt::format("; and {} more", notes.size() - kMostClaims);
  return joined;
}

std::string claimed(std::string notes) {
  return notes.empty() ? "claimed" : "claimed: " + notes;
}

void add_link(std::vector<std::string>& lines, Explorer& explorer, const Term& triple, bool backwards,
              const std::vector<Claim>& claims, NoteStyle style) {
  std::string notes = notes_of(explorer, claims, style);
  if (!explorer.asserted(triple.subject(), triple.predicate(), triple.object()))
    notes = claimed(std::move(notes));
  add_with_notes(lines, explorer.link(triple, backwards), notes);
}

void add_with_notes(std::vector<std::string>& lines, const std::string& line, const std::string& notes) {
  const std::size_t room = line_width();
  if (notes.empty()) {
    lines.push_back(elided(line, room));
    return;
  }
  const std::string bracketed = "[" + notes + "]";
  if (room == 0 || display_width(line) + 2 + display_width(bracketed) <= room) {
    lines.push_back(line + "  " + bracketed);
    return;
  }
  lines.push_back(elided(line, room));
  // Broken behind commas and semicolons.
  constexpr std::string_view kIndent = "    ";
  std::string below(kIndent);
  for (std::string_view rest = bracketed; !rest.empty();) {
    std::size_t end = rest.find_first_of(",;");
    end = end == std::string_view::npos ? rest.size() : end + 1;
    std::string_view piece = rest.substr(0, end);
    if (below.size() > kIndent.size() && display_width(below) + display_width(piece) > room) {
      lines.push_back(below);
      below = std::string(kIndent) + " ";
      if (piece.starts_with(' ')) piece.remove_prefix(1);
    }
    below += piece;
    rest.remove_prefix(end);
  }
  lines.push_back(elided(below, room));
}

}  // namespace dossier::shell
