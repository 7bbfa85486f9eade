#include "shell/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "engine/model/date_time.h"
#include "engine/model/term.h"

namespace dossier::shell {
namespace {

constexpr std::array<std::string_view, 6> kLabels = {"http://www.w3.org/2000/01/rdf-schema#label",
                                                     "http://www.w3.org/2004/02/skos/core#prefLabel",
                                                     "http://xmlns.com/foaf/0.1/name",
                                                     "http://schema.org/name",
                                                     "https://schema.org/name",
                                                     "http://purl.org/dc/terms/title"};
constexpr std::array<std::string_view, 4> kNoKinds = {
    "http://www.w3.org/2002/07/owl#NamedIndividual", "http://www.w3.org/2002/07/owl#Thing",
    "http://www.w3.org/2000/01/rdf-schema#Resource", "http://www.w3.org/1999/02/22-rdf-syntax-ns#Statement"};
constexpr std::size_t kMostClaims = 20;  // of a statement that are looked at
constexpr std::size_t kLongestText = 40;

std::string_view local_name(std::string_view iri) {
  while (iri.ends_with('/') || iri.ends_with('#')) iri.remove_suffix(1);
  const auto at = iri.find_last_of("/#:");
  return at == std::string_view::npos ? iri : iri.substr(at + 1);
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

// "appointedTo" -> "appointed to", "Boko_Haram" -> "Boko Haram", "%C3%A9" -> "é".
std::string readable(std::string_view local) {
  std::string out;
  for (std::size_t i = 0; i < local.size(); ++i) {
    const char c = local[i];
    const bool upper = c >= 'A' && c <= 'Z';
    const bool after_lower = i > 0 && local[i - 1] >= 'a' && local[i - 1] <= 'z';
    if (c == '%' && i + 2 < local.size() && hex(local[i + 1]) >= 0 && hex(local[i + 2]) >= 0) {
      out += static_cast<char>(hex(local[i + 1]) * 16 + hex(local[i + 2]));
      i += 2;
    } else if (c == '_' || (c == '-' && i > 0 && i + 1 < local.size())) {
      out += ' ';
    } else if (upper && after_lower) {
      out += ' ';
      out += static_cast<char>(c | 0x20);
    } else {
      out += c;
    }
  }
  return out;
}

std::string lower_local(const Term& predicate) {
  std::string name(local_name(predicate.value()));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return name;
}

bool has_any(std::string_view name, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

}  // namespace

Names::Names(ShellContext& context) : session_(context.session), language_("en") {
  for (const char* variable : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* const value = std::getenv(variable);
    if (value == nullptr || *value == 0) continue;
    const std::string_view locale(value);
    if (locale.size() >= 2 && locale != "POSIX" && locale[0] != 'C')
      language_ = locale.substr(0, locale.find_first_of("_.@"));
    break;
  }
}

const std::string& Names::name(const Term& term) {
  const auto [at, is_new] = names_.try_emplace(term.to_string());
  if (is_new) at->second = find_name(term);
  return at->second;
}

std::string Names::find_name(const Term& term) {
  if (term.is_literal()) return std::string(term.value());
  if (term.is_blank()) return {};
  if (term.is_triple())
    return fmt::format("{} {} {}", name(term.subject()), name(term.predicate()), name(term.object()));
  std::string best;
  int best_rank = 0;
  for (std::size_t i = 0; i < kLabels.size() && best.empty(); ++i) {
    QuadCursor cursor = session_.match({term, Term::iri(kLabels[i]), {}, {}, true});
    while (cursor.next()) {
      const Term& label = cursor.quad().object;
      if (!label.is_literal()) continue;
      const std::string_view language = label.language().substr(0, label.language().find('-'));
      const int rank = language == language_ ? 4 : language == "en" ? 3 : language.empty() ? 2 : 1;
      if (rank > best_rank) {
        best = label.value();
        best_rank = rank;
      }
    }
  }
  if (!best.empty()) return best;
  best = readable(local_name(term.value()));
  return best.empty() ? std::string(term.value()) : best;
}

std::vector<std::string> Names::types(const Term& term) {
  std::vector<std::string> names;
  QuadCursor cursor = session_.match({term, Term::iri(iri::kRdfType), {}, {}, true});
  while (cursor.next()) {
    const Term type = cursor.quad().object;
    if (!type.is_iri() || std::find(kNoKinds.begin(), kNoKinds.end(), type.value()) != kNoKinds.end())
      continue;
    if (std::find(names.begin(), names.end(), name(type)) == names.end()) names.push_back(name(type));
  }
  return names;
}

bool Names::is_label(const Term& predicate) const {
  return std::find(kLabels.begin(), kLabels.end(), predicate.value()) != kLabels.end();
}
bool Names::is_type(const Term& predicate) const {
  return predicate.value() == iri::kRdfType;
}
bool Names::is_reifies(const Term& predicate) const {
  return predicate.value() == iri::kRdfReifies;
}

bool Names::is_asserted(const Term& subject, const Term& predicate, const Term& object) {
  return session_.match({subject, predicate, object, {}, true}).next();
}

bool Names::is_claimed(const Term& subject, const Term& predicate, const Term& object) {
  return session_.match({{}, Term::iri(iri::kRdfReifies), Term::triple(subject, predicate, object), {}, true})
      .next();
}

std::vector<std::string> Names::notes(const Term& subject, const Term& predicate, const Term& object) {
  std::vector<Term> reifiers;
  {
    QuadCursor cursor =
        session_.match({{}, Term::iri(iri::kRdfReifies), Term::triple(subject, predicate, object), {}, true});
    while (reifiers.size() < kMostClaims && cursor.next()) reifiers.push_back(cursor.quad().subject);
  }
  std::vector<std::string> notes;
  for (const Term& reifier : reifiers) {
    std::vector<std::pair<Term, Term>> said = statements_of(reifier, kMostClaims);
    std::string text = note(said);
    if (!text.empty() && std::find(notes.begin(), notes.end(), text) == notes.end())
      notes.push_back(std::move(text));
  }
  std::sort(notes.begin(), notes.end());
  return notes;
}

std::string Names::note(const std::vector<std::pair<Term, Term>>& said) {
  std::string on;
  std::string since;
  std::string until;
  std::string text;
  std::string source;
  int source_rank = 0;
  for (const auto& [predicate, value] : said) {
    const std::string about = lower_local(predicate);
    if (value.is_literal() && temporal_kind(value.datatype())) {
      std::string& where = has_any(about, {"until", "end", "till", "thru"})      ? until
                           : has_any(about, {"since", "start", "begin", "from"}) ? since
                                                                                 : on;
      if (where.empty()) where = value.value();
      continue;
    }
    if (value.is_literal() && value.value().size() <= kLongestText && text.empty() &&
        temporal_kind(value.datatype()) == std::nullopt &&
        has_any(about, {"date", "time", "when", "lasting", "duration", "expected", "written"}))
      text = value.value();
    // Who says it, before where it stands.
    const int rank = has_any(about, {"saidby", "said_by", "accordingto", "attributed", "reportedby",
                                     "claimedby", "statedby"})
                         ? 2
                     : has_any(about, {"source", "derivedfrom", "reference", "citation", "publishedin"}) ? 1
                                                                                                         : 0;
    if (rank > source_rank) {
      source = name(value);
      source_rank = rank;
    } else if (rank != 0 && rank == source_rank && source != name(value)) {
      source += ", " + name(value);
    }
  }
  std::string when = on;
  if (!since.empty() && !until.empty())
    when += fmt::format("{}{} – {}", when.empty() ? "" : ", ", since, until);
  else if (!since.empty())
    when += fmt::format("{}from {}", when.empty() ? "" : ", ", since);
  else if (!until.empty())
    when += fmt::format("{}until {}", when.empty() ? "" : ", ", until);
  if (when.empty()) when = text;
  if (when.empty()) return source;
  return source.empty() ? when : fmt::format("{}, {}", when, source);
}

std::vector<Term> Names::reified_by(const Term& term) {
  std::vector<Term> statements;
  QuadCursor cursor = session_.match({term, Term::iri(iri::kRdfReifies), {}, {}, true});
  while (cursor.next())
    if (cursor.quad().object.is_triple()) statements.push_back(cursor.quad().object);
  return statements;
}

std::vector<Term> Names::predicates_between(const Term& subject, const Term& object) {
  std::vector<Term> predicates;
  QuadCursor cursor = session_.match({subject, {}, object, {}, true});
  while (cursor.next())
    if (std::find(predicates.begin(), predicates.end(), cursor.quad().predicate) == predicates.end())
      predicates.push_back(cursor.quad().predicate);
  return predicates;
}

std::vector<std::pair<Term, Term>> Names::statements_of(const Term& subject, std::size_t limit) {
  std::vector<std::pair<Term, Term>> statements;
  QuadCursor cursor = session_.match({subject, {}, {}, {}, true});
  while (statements.size() < limit && cursor.next())
    statements.emplace_back(cursor.quad().predicate, cursor.quad().object);
  return statements;
}

}  // namespace dossier::shell
