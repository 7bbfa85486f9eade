// What people call things: labels in the languages asked for.
//
// Purpose: the one look-up of labels in the shell, of many IRIs by one query or of one thing (rdfs:label,
// skos:prefLabel, foaf:name, schema:name, dcterms:title, then those set by `.names`), kept until the store changes. The best label is that of the
// first language wanted, then one without a language, then any; of the same language that of the first predicate.
// Thread-safety: main thread only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/term_display.h"

namespace dossier::shell {

class LabelFinder {
 public:
  explicit LabelFinder(Store& store, Session& session) : store_(store), session_(session) {}

  // Language tags, the one liked best first; `en` takes `en-GB` too.
  void set_languages(std::vector<std::string> languages);
  const std::vector<std::string>& languages() const { return languages_; }
  void forget() { commit_.reset(); }
  // Looks up those of these IRIs that are not known yet.
  void look_up(const std::set<std::string>& iris);
  const Labels& labels() const { return labels_; }
  // Of an IRI or a blank node; nothing: it has none.
  std::optional<std::string> label(const Term& term);
  static bool is_label_predicate(const Term& predicate);

 private:
  void forget_old();
  void look_up_batch(const std::vector<std::string>& iris);
  // The best label of each ?s; `pattern` binds it or `parameters` do.
  std::map<std::string, std::string> best_labels(const std::string& pattern,
                                                 std::vector<std::pair<std::string, Term>> parameters);
  std::size_t language_rank(std::string_view tag) const;

  Store& store_;
  Session& session_;
  std::vector<std::string> languages_;
  // The common ones, and behind them those that `.names` has set.
  std::vector<std::string> predicates_;
  Labels labels_;                // of IRIs; of blank nodes under `_:name`, which no IRI begins with
  std::set<std::string> known_;  // looked up, with a label or without
  std::optional<std::uint64_t> commit_;  // that they are of
};

// Of the environment (LC_ALL, LC_MESSAGES, LANG), then English.
std::vector<std::string> preferred_languages();

}  // namespace dossier::shell
