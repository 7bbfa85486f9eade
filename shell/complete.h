// What Tab offers: from the grammar, the store and the table of commands.
//
// Purpose: for a text and the place of the cursor in it, what can stand there: keywords that the grammar
// takes, variables of the text, functions, prefixes, classes, predicates that occur with what is said of
// their subject, names of entities behind a quotation mark, commands and their arguments. Invariants: what is
// read of the store is bounded; whatever fails offers nothing. Thread-safety: main thread only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/place.h"
#include "shell/vocabulary.h"

namespace dossier::shell {

struct Completion {
  std::string text;          // stands in for the word at hand
  std::string note = {};     // shown beside it in a list: how many there are; the name of an entity
  std::string behind = " ";  // what follows it when it is the only one
};

struct Completions {
  std::size_t begin = 0;               // where the word at hand begins, in bytes of the line
  std::vector<Completion> candidates;  // the best first
  bool names_files = false;            // the candidates are files, in quotes where a name has blanks
  bool names_entities = false;  // the word is a string that is begun: notes are the names that go on with it
  std::size_t left_out = 0;     // candidates beyond these
};

class Completer {
 public:
  Completer(ShellContext& context, Vocabulary& vocabulary) : context_(context), vocabulary_(vocabulary) {}

  // `above`: the lines of the statement that are entered already. `before` and `behind` the cursor.
  Completions complete(std::string_view above, std::string_view before, std::string_view behind);

 private:
  class Found;
  void complete_command(std::string_view line, Found& found);
  void complete_code(std::string_view code, std::string_view behind, Found& found);
  void add_terms(const grammar::Place& place, Found& found);
  void add_predicates(const grammar::Place& place, Found& found);
  // `of`: what the numbers are a share of; 0: they are shown as they are.
  void add_names(const std::vector<Frequency>& names, Found& found, std::uint64_t of = 0) const;
  void add_prefixes(Found& found) const;
  void add_hits(Found& found) const;
  enum class Entity { name, label };  // what is put in for an entity: its name, or the literal that names it
  void add_entities(std::string_view begun, Entity what, Found& found);
  static void add_files(Found& found);

  ShellContext& context_;
  Vocabulary& vocabulary_;
};

}  // namespace dossier::shell
