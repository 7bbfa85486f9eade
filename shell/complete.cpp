#include "shell/complete.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <unordered_set>

#include "engine/model/term.h"
#include "grammar/built_in.h"
#include "grammar/known_prefixes.h"
#include "grammar/nesting.h"
#include "shell/command.h"
#include "shell/console.h"
#include "shell/local_name.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

constexpr std::size_t kMost = 400;  // candidates
constexpr std::size_t kEntities = 30;
constexpr std::chrono::milliseconds kPatience{35};  // for names of entities

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() && std::equal(with.begin(), with.end(), text.begin(),
                                                  [](char a, char b) { return lower(a) == lower(b); });
}

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == lower(b); }) != text.end();
}

bool is_keyword(std::string_view expected) {
  return std::all_of(expected.begin(), expected.end(),
                     [](char c) { return std::isupper(static_cast<unsigned char>(c)); });
}

std::string share(std::uint64_t part, std::uint64_t of) {
  const std::uint64_t percent = part * 100 / of;
  return percent == 0 ? "<1 %" : std::to_string(percent) + " %";
}

Term api_term(const grammar::Iri& iri) {
  return Term::iri(iri.value);
}

// Terms that a pattern can be sampled by: IRIs and plain literals; nothing: any.
std::optional<Term> constant(const grammar::Term& term) {
  if (const auto* const iri = std::get_if<grammar::Iri>(&term)) return api_term(*iri);
  if (const auto* const literal = std::get_if<grammar::Literal>(&term)) {
    if (!literal->language.empty()) return Term::tagged(literal->lexical, literal->language);
    return Term::typed(literal->lexical, literal->datatype);
  }
  return std::nullopt;
}

// The same variable or blank node, or the same IRI.
bool same_node(const grammar::Term& a, const grammar::Term& b) {
  if (const auto* const variable = std::get_if<grammar::Var>(&a))
    return std::holds_alternative<grammar::Var>(b) && std::get<grammar::Var>(b).name == variable->name;
  if (const auto* const blank = std::get_if<grammar::BlankNode>(&a))
    return std::holds_alternative<grammar::BlankNode>(b) &&
           std::get<grammar::BlankNode>(b).label == blank->label;
  return false;
}

}  // namespace

// Candidates for one word: those that begin with it, without regard to case.
class Completer::Found {
 public:
  Found(Completions& completions, std::string_view word) : completions_(completions), word_(word) {}

  std::string_view word() const { return word_; }
  bool empty() const { return completions_.candidates.empty(); }
  Completions& completions() { return completions_; }

  void add(Completion candidate) {
    if (!begins(candidate.text, word_)) return;
    put(std::move(candidate));
  }
  // Of another kind of match.
  void put(Completion candidate) {
    if (!seen_.insert(candidate.text).second) return;
    if (completions_.candidates.size() < kMost) {
      completions_.candidates.push_back(std::move(candidate));
    } else {
      ++completions_.left_out;
    }
  }
  // In the case of what is typed.
  void add_keyword(std::string_view keyword, std::string behind = " ") {
    const bool small = !word_.empty() && std::none_of(word_.begin(), word_.end(), [](char c) {
      return std::isupper(static_cast<unsigned char>(c));
    });
    std::string text(keyword);
    if (small) std::transform(text.begin(), text.end(), text.begin(), lower);
    add({text, {}, std::move(behind)});
  }

 private:
  Completions& completions_;
  std::string_view word_;
  std::unordered_set<std::string> seen_;
};

Completions Completer::complete(std::string_view above, std::string_view before, std::string_view behind) {
  std::string text(above);
  if (!text.empty()) text += '\n';
  const std::size_t line = text.size();
  text += before;
  Completions completions;
  const std::string_view body = trimmed(text);
  const bool command = body.starts_with('.') && explained_text(body).empty();
  // Words of a command are parted by blanks, those of code by its tokens.
  std::size_t begin = command ? text.find_last_of(" \t\n") + 1 : grammar::word_begin(text);
  const grammar::Nesting place = grammar::nesting(text);
  if (place.inside == grammar::Nesting::Inside::string) begin = place.begin;
  completions.begin = begin < line ? before.size() : begin - line;
  if (begin < line || place.inside == grammar::Nesting::Inside::comment ||
      place.inside == grammar::Nesting::Inside::long_string)
    return completions;
  Found found(completions, std::string_view(text).substr(begin));
  try {
    if (command) {
      complete_command(std::string_view(text).substr(0, begin), found);
    } else {
      const std::string_view code = std::string_view(text).substr(0, begin);
      const std::string_view explained = explained_text(trimmed(code));
      complete_code(code.starts_with('.') || !explained.empty() ? explained : code, behind, found);
    }
  } catch (const Error&) {  // what cannot be read offers nothing
    completions.candidates.clear();
  }
  return completions;
}

// ---- commands

void Completer::complete_command(std::string_view line, Found& found) {
  std::string_view rest = line;
  const std::string name = take_word(rest);
  if (name.empty()) {
    for (const Command& command : commands())
      found.add({std::string(command.name), {}, command.arguments.empty() ? "" : " "});
    return;
  }
  const Command* const command = find_command(name);
  if (command == nullptr) return;
  switch (command->argument) {
    case Command::Argument::none:
      return;
    case Command::Argument::file:
      return add_files(found);
    case Command::Argument::word:
      for (const std::string_view word : command->words) found.add({std::string(word)});
      return;
    case Command::Argument::command:
      for (const Command& other : commands()) {
        found.add({std::string(other.name)});
        if (!found.word().starts_with('.')) found.add({std::string(other.name.substr(1))});
      }
      return;
    case Command::Argument::query:
      return complete_code({}, {}, found);
    case Command::Argument::predicate:
      return add_names(vocabulary_.predicates(), found);
    case Command::Argument::type:
      return add_names(vocabulary_.classes(), found);
    case Command::Argument::term:
      if (found.word().starts_with('"') || found.word().starts_with('\''))
        return add_entities(found.word().substr(1), Entity::name, found);
      add_hits(found);
      add_names(vocabulary_.classes(), found);
      add_names(vocabulary_.predicates(), found);
      return add_prefixes(found);
  }
}

// ---- code

void Completer::complete_code(std::string_view code, std::string_view behind, Found& found) {
  const std::string_view word = found.word();
  if (word.starts_with('?') || word.starts_with('$')) {
    std::string around(code);
    around += ' ';
    around += behind;
    for (std::string& variable : grammar::variables_of(around)) {
      variable.front() = word.front();
      found.add({std::move(variable)});
    }
    if (word.starts_with('$')) add_hits(found);
    return;
  }
  if (trimmed(code).empty() && word.empty()) {
    // An empty line: what a person may begin with.
    for (const std::string_view first :
         {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE", "INSERT", "DELETE", "PREFIX"})
      found.add_keyword(first);
    for (const Command& command : commands()) found.add({std::string(command.name)});
    return;
  }
  const grammar::ParseOptions options = context_.parse_options();
  const auto query = grammar::place_at_end(code, false, options);
  const auto update = grammar::place_at_end(code, true, options);
  if (word.starts_with('"') || word.starts_with('\'')) {
    if (!query && !update) return;
    const grammar::Place& place = query ? *query : *update;
    // A name where a node is to stand means the node; elsewhere the text.
    bool node = place.expects("an IRI") && !place.expects("a function") && !place.expects("'a'");
    if (const auto* const verb = place.verb ? std::get_if<grammar::Iri>(&*place.verb) : nullptr;
        verb != nullptr) {
      QuadPattern of_verb;
      of_verb.predicate = api_term(*verb);
      of_verb.any_graph = true;
      QuadCursor some = context_.session.match(of_verb);
      node = node && some.next() && !some.quad().object.is_literal();
    }
    return add_entities(word.substr(1), node ? Entity::name : Entity::label, found);
  }
  for (const auto* const place : {&query, &update}) {
    if (!*place) continue;
    const grammar::Place& here = **place;
    const bool verb = here.expects("'a'");
    if (verb) {
      found.add({"a", with_commas(vocabulary_.triples(Term::iri(iri::kRdfType)))});
      add_predicates(here, found);
    }
    if (here.verb) add_terms(here, found);
    if (word.empty() && here.expects("a variable"))
      for (const std::string& variable : grammar::variables_of(std::string(code) + " " + std::string(behind)))
        found.add({variable});
    for (const std::string_view what : here.expected) {
      if (!is_keyword(what)) continue;
      if (what == "GROUP" || what == "ORDER") {
        found.add_keyword(std::string(what) + " BY");
      } else if (what == "BIND" || what == "UNFOLD") {
        found.add_keyword(std::string(what) + "(", "");
      } else {
        found.add_keyword(what);
      }
    }
    if (here.expects("true or false"))
      for (const char* const value : {"true", "false"})
        if (!word.empty()) found.add({value});
    for (const grammar::BuiltIn& function : grammar::all_built_ins()) {
      const bool aggregate = function.kind >= grammar::BuiltIn::Kind::aggregate;
      if (here.expects(aggregate ? "an aggregate" : "a function"))
        found.add_keyword(std::string(function.name) + "(", "");
    }
    if (here.expects("an IRI") || here.expects("a prefix with its colon")) add_prefixes(found);
    // The one thing that can follow.
    if (word.empty() && here.expected.size() == 1 && found.empty() &&
        std::ispunct(static_cast<unsigned char>(here.expected.front().front())) != 0 &&
        here.expected.front().front() != '\'')
      found.add({std::string(here.expected.front()), {}, ""});
  }
}

// Objects of the verb at hand: classes, or the few that it has.
void Completer::add_terms(const grammar::Place& place, Found& found) {
  const auto* const verb = std::get_if<grammar::Iri>(&*place.verb);
  if (verb == nullptr) return;
  add_names(verb->value == iri::kRdfType ? vocabulary_.classes() : vocabulary_.objects_of(api_term(*verb)),
            found);
}

// Predicates of the subject at hand: those that occur with what the text says of it.
void Completer::add_predicates(const grammar::Place& place, Found& found) {
  std::vector<Frequency> own;
  if (place.subject) {
    if (const auto subject = constant(*place.subject)) {
      own = context_.session.predicates_of(*subject);
      if (!own.empty()) return add_names(own, found);
    }
    std::vector<NodeLink> links;
    for (const grammar::TriplePattern& triple : place.triples) {
      const auto* const predicate = std::get_if<grammar::Iri>(&triple.verb);
      if (predicate == nullptr) continue;
      if (same_node(triple.subject, *place.subject))
        links.push_back({api_term(*predicate), constant(triple.object), false});
      if (same_node(triple.object, *place.subject))
        links.push_back({api_term(*predicate), constant(triple.subject), true});
    }
    if (!links.empty()) own = vocabulary_.predicates_of(links);
  }
  // What has no answer (a class that is misspelt) restricts nothing.
  if (own.empty()) return add_names(vocabulary_.predicates(), found);
  add_names(own, found, own.front().quads);
}

// ---- names

void Completer::add_names(const std::vector<Frequency>& names, Found& found, std::uint64_t of) const {
  const std::string_view word = found.word();
  std::vector<Completion> written;
  for (const Frequency& one : names) {
    if (!one.term.is_iri()) continue;
    const std::string note = of == 0 ? with_commas(one.quads) : share(one.quads, of);
    written.push_back({vocabulary_.name(one.term), note});
    if (word.starts_with('<') && begins(one.term.value(), word.substr(1)))
      found.put({"<" + std::string(one.term.value()) + ">", note});
  }
  for (const Completion& one : written) found.add(one);
  // Few know the prefix: what stands behind it counts, too, at its beginning or within.
  if (word.empty() || word.find(':') != std::string_view::npos || word.starts_with('<')) return;
  for (const Completion& one : written)
    if (begins(local_name(one.text), word)) found.put(one);
  constexpr std::size_t kWithin = 3;  // letters, or everything matches
  if (word.size() < kWithin) return;
  for (const Completion& one : written)
    if (contains(local_name(one.text), word)) found.put(one);
}

void Completer::add_prefixes(Found& found) const {
  for (const auto& [label, iri] : context_.prefixes) found.add({label + ":", {}, ""});
  if (found.word().empty()) return;
  for (const grammar::KnownPrefix& prefix : grammar::known_prefixes())
    found.add({std::string(prefix.label) + ":", {}, ""});
}

void Completer::add_hits(Found& found) const {
  for (std::size_t i = 0; i < context_.hits.size(); ++i) {
    const Term& hit = context_.hits[i];
    found.add({"$" + std::to_string(i + 1), hit.is_iri() ? vocabulary_.name(hit) : std::string(hit.value())});
  }
}

// Entities whose names begin with a text; when none does as it is written, those that do in another script or without accents.
void Completer::add_entities(std::string_view begun, Entity what, Found& found) {
  found.completions().names_entities = true;
  if (begun.size() < 2) return;
  LabelOptions options;
  options.limit = kEntities * 5;  // many are the same name in another script
  options.weakest = LabelMatch::prefix;
  options.patience = kPatience;
  const auto hits = context_.session.find_labels(begun, options);
  for (const bool as_written : {true, false}) {
    if (!found.empty()) break;
    for (const LabelHit& hit : hits)
      if (found.completions().candidates.size() < kEntities && hit.subject.is_iri() &&
          (!as_written || begins(hit.label.value(), begun)))
        found.put({what == Entity::label ? hit.label.to_string() : vocabulary_.name(hit.subject),
                   std::string(hit.label.value())});
  }
}

// Names in the folder that the word leads to; in quotes when one of them has a blank.
void Completer::add_files(Found& found) {
  found.completions().names_files = true;
  std::string_view word = found.word();
  std::string quote;
  if (word.starts_with('"') || word.starts_with('\'')) {
    quote = word.front();
    word.remove_prefix(1);
  }
  const std::size_t slash = word.rfind('/');
  const std::string folder(slash == std::string_view::npos ? std::string_view() : word.substr(0, slash + 1));
  const std::string_view begun = word.substr(folder.size());
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (!name.starts_with(begun) || (begun.empty() && name.starts_with('.'))) continue;
    std::error_code unknown;
    names.push_back(folder + name + (entry->is_directory(unknown) ? "/" : ""));
  }
  std::sort(names.begin(), names.end());
  const bool blanks = std::any_of(names.begin(), names.end(),
                                  [](const std::string& name) { return name.find(' ') != std::string::npos; });
  if (quote.empty() && blanks) quote = '"';
  for (const std::string& name : names) {
    const bool is_folder = name.ends_with('/');  // more follows
    found.put({quote + name + (is_folder ? "" : quote), {}, is_folder ? "" : " "});
  }
}

}  // namespace dossier::shell
