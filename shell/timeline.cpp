#include "shell/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/io/path_drawing.h"
#include "shell/columns.h"
#include "shell/console.h"
#include "shell/notes.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMostStatements = 20'000;
constexpr std::size_t kMostNeighbours = 2'000;  // whose own dates are looked at

struct Entry {
  DateKey key;
  std::string date;
  std::string text;
  std::string notes;
  friend bool operator<(const Entry& a, const Entry& b) {
    return std::tie(a.key, a.text, a.notes) < std::tie(b.key, b.text, b.notes);
  }
};

class Timeline {
 public:
  Timeline(Explorer& explorer, const Term& term) : explorer_(explorer), term_(term) {}

  std::vector<Entry> entries() {
    own_dates();
    for (const bool in : {false, true}) {
      claimed_dates(in);
      neighbours_dates(in);
    }
    std::sort(entries_.begin(), entries_.end());
    entries_.erase(std::unique(entries_.begin(), entries_.end(),
                               [](const Entry& a, const Entry& b) {
                                 return a.date == b.date && a.text == b.text && a.notes == b.notes;
                               }),
                   entries_.end());
    return std::move(entries_);
  }
  bool cut_short() const { return cut_short_; }

 private:
  TermRows rows(const std::string& pattern, std::size_t limit) {
    TermRows found =
        explorer_.select(fmt::format("PREFIX rdf: <{}> SELECT DISTINCT ?p ?o ?r ?dp ?d {{ {} }} LIMIT {}", kRdf,
                                     pattern, limit),
                         {{"x", term_}});
    cut_short_ = cut_short_ || found.size() == limit;
    return found;
  }

  void own_dates() {
    for (const TermRow& row : rows("?x ?dp ?d BIND(?dp AS ?p) BIND(?d AS ?o) FILTER(isLiteral(?d))", kMostStatements))
      if (is_date(*row[4]))
        entries_.push_back({date_key(*row[4]), std::string(row[4]->value()), explorer_.name(*row[3]), {}});
  }

  void claimed_dates(bool in) {
    const std::string triple = in ? "?o ?p ?x" : "?x ?p ?o";
    struct Statement {
      std::vector<std::pair<Term, Term>> dates;  // reifier, date
    };
    std::map<std::pair<std::string, std::string>, std::pair<TermRow, Statement>> statements;
    for (TermRow& row : rows("?r rdf:reifies <<( " + triple + " )>> ; ?dp ?d FILTER(isLiteral(?d))", kMostStatements)) {
      if (!is_date(*row[4])) continue;
      auto& [first, statement] = statements[{row[0]->to_string(), row[1]->to_string()}];
      if (first.empty()) first = row;
      statement.dates.emplace_back(*row[2], *row[4]);
    }
    for (const auto& [key, entry] : statements) {
      const auto& [row, statement] = entry;
      const Term& subject = in ? *row[1] : term_;
      const Term& object = in ? term_ : *row[1];
      const auto claims = explorer_.claims(subject, *row[0], object, 1000);
      const bool asserted = explorer_.asserted(subject, *row[0], object);
      // A day without a year belongs with the year that another claim about the same statement gives.
      std::optional<DateKey> dated;
      for (const auto& [reifier, date] : statement.dates)
        if (const DateKey other = date_key(date); !other.without_year && (!dated || other < *dated)) dated = other;
      for (const auto& [reifier, date] : statement.dates) {
        std::vector<Claim> claim;
        for (const Claim& one : claims)
          if (one.reifier == reifier) claim.push_back(without_dates(one));
        DateKey at = date_key(date);
        if (at.without_year && dated) at = *dated;
        std::string notes = notes_of(explorer_, claim, NoteStyle::brief);
        if (const std::string which = date_predicate(claims, reifier, date); !which.empty())
          notes = notes.empty() ? which : which + "; " + notes;
        if (!asserted) notes = claimed(std::move(notes));
        entries_.push_back({at, std::string(date.value()), link(*row[0], *row[1], in), std::move(notes)});
      }
    }
  }

  // What the date is of its claim, where the claim has several.
  std::string date_predicate(const std::vector<Claim>& claims, const Term& reifier, const Term& date) {
    for (const Claim& claim : claims) {
      if (claim.reifier != reifier) continue;
      const auto dates = std::count_if(claim.said.begin(), claim.said.end(),
                                       [](const auto& said) { return is_date(said.second); });
      for (const auto& [predicate, value] : claim.said)
        if (value == date && dates > 1) return explorer_.name(predicate);
    }
    return {};
  }

  static Claim without_dates(const Claim& claim) {
    Claim rest = claim;
    std::erase_if(rest.said, [&](const auto& said) { return is_date(said.second); });
    return rest;
  }

  // An event with a date, a document with a day: what the statements lead to.
  void neighbours_dates(bool in) {
    const auto own = explorer_.classes(term_);
    for (const TermRow& row : rows((in ? "?o ?p ?x" : "?x ?p ?o") +
                                       std::string(" . ?o ?dp ?d BIND(?o AS ?r) FILTER(isLiteral(?d)) FILTER(?p NOT IN "
                                                   "(rdf:type, rdf:reifies))"),
                                   kMostNeighbours)) {
      if (!is_date(*row[4]) || shares_class(own, *row[1])) continue;
      const auto claims = explorer_.claims(in ? *row[1] : term_, *row[0], in ? term_ : *row[1], 3);
      std::string notes = explorer_.name(*row[3]);
      if (const std::string said = notes_of(explorer_, claims, NoteStyle::brief); !said.empty()) notes += "; " + said;
      entries_.push_back({date_key(*row[4]), std::string(row[4]->value()), link(*row[0], *row[1], in), std::move(notes)});
    }
  }

  // The birthdays of a person's acquaintances are no dates of that person.
  bool shares_class(const std::vector<Term>& own, const Term& other) {
    const auto [known, fresh] = alike_.try_emplace(other.to_string(), false);
    if (fresh) {
      const auto others = explorer_.classes(other);
      known->second = std::any_of(others.begin(), others.end(), [&](const Term& type) {
        return std::find(own.begin(), own.end(), type) != own.end();
      });
    }
    return known->second;
  }

  std::string link(const Term& predicate, const Term& other, bool in) {
    return link_arrow(explorer_.name(predicate), in) + ' ' + explorer_.name(other);
  }

  Explorer& explorer_;
  Term term_;
  std::vector<Entry> entries_;
  std::map<std::string, bool> alike_;
  bool cut_short_ = false;
};

// Compares as much of the date as the bound has.
bool not_after(const DateKey& key, std::string_view bound) {
  const DateKey limit = date_key(Term::literal(bound));
  if (key.year != limit.year) return key.year < limit.year;
  return std::string_view(key.rest).substr(0, limit.rest.size()) <= limit.rest;
}
bool not_before(const DateKey& key, std::string_view bound) {
  const DateKey limit = date_key(Term::literal(bound));
  if (key.year != limit.year) return key.year > limit.year;
  return std::string_view(key.rest).substr(0, limit.rest.size()) >= limit.rest;
}

}  // namespace

void timeline(Explorer& explorer, const Term& term, std::string_view from, std::string_view to) {
  Timeline line(explorer, term);
  std::vector<Entry> entries = line.entries();
  if (!from.empty() || !to.empty())
    std::erase_if(entries, [&](const Entry& entry) {
      return entry.key.without_year || (!from.empty() && !not_before(entry.key, from)) ||
             (!to.empty() && !not_after(entry.key, to));
    });
  if (entries.empty()) {
    fmt::print(stderr, "(no dated statement is about {}{})\n", explorer.name(term),
               from.empty() && to.empty() ? "" : " in this time");
    return;
  }
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, entry.date.size());
  std::vector<std::string> lines;
  bool yearless = false;
  for (const Entry& entry : entries) {
    if (entry.key.without_year && !yearless) lines.emplace_back("(without a year)");
    yearless = entry.key.without_year;
    add_with_notes(lines, fmt::format("{:<{}}  {}", entry.date, width, entry.text), entry.notes);
  }
  show_page(explorer.context(), std::move(lines));
  if (line.cut_short())
    fmt::print(stderr, "(the thing has more dated statements than the first {} looked at)\n",
               with_commas(kMostStatements));
}

}  // namespace dossier::shell
