// What is said about a statement, in few words: when, and who says so.
//
// Purpose: a claim (a reifier with its dates, texts and sources) becomes the words in brackets behind a link:
// `[2025-06-13, Daily NK]` in brief, `[on 2025-06-13, saidBy Daily NK, source Report ...]` in full. What a source is follows
// from the names of predicates (`saidBy`, `accordingToSource`, prov:wasAttributedTo, dcterms:source ...). Thread-safety: free
// functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/explorer.h"

namespace dossier::shell {

// xsd:date, dateTime, gYear, gYearMonth, gMonth, gMonthDay, gDay.
bool is_date(const Term& term);
// How well the predicate's name tells a source, from 1 (who says it); 0: it tells none.
int source_rank(const Term& predicate);

// Sorts as time does. Dates without a year come behind all others, by month and day.
struct DateKey {
  bool without_year = false;
  long long year = 0;
  std::string rest;  // `06-13T...`
  friend auto operator<=>(const DateKey&, const DateKey&) = default;
};
DateKey date_key(const Term& date);

using Said = std::vector<std::pair<Term, Term>>;  // predicate, value
using Namer = std::function<std::string(const Term&)>;
// Of one claim: `2025-06-13, Daily NK`, `2019 – 2022-06`. Empty: nothing is said that dates or vouches.
std::string brief_note(Said said, const Namer& name);

enum class NoteStyle { brief, full };
// Empty: nothing is said. Claims of the same words count once.
std::string notes_of(Explorer& explorer, const std::vector<Claim>& claims, NoteStyle style);

// With the word that tells that nobody asserts the statement.
std::string claimed(std::string notes);

// Adds a statement as a link, walked from its subject, or `backwards` from its object, with what the claims say of it.
void add_link(std::vector<std::string>& lines, Explorer& explorer, const Term& triple, bool backwards,
              const std::vector<Claim>& claims, NoteStyle style);

// Adds the line with the notes in brackets behind it; on a screen where both do not fit, the notes stand below.
void add_with_notes(std::vector<std::string>& lines, const std::string& line, const std::string& notes);

}  // namespace dossier::shell
