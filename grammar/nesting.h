// What a text leaves open: brackets, a string, an IRI, a comment.
//
// Purpose: for a text that is still being typed, which no parser takes: the continuation prompt shows what is
// open, completion asks where the word at hand begins. It knows tokens, not the grammar. Thread-safety: free
// functions. Source: SPARQL 1.2 Query Language section 19.8, the tokens.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dossier::grammar {

struct Nesting {
  enum class Inside { code, string, long_string, iri, comment };
  Inside inside = Inside::code;
  std::size_t begin = 0;  // of that string, IRI or comment
  char quote = '"';       // of that string
  struct Bracket {
    char kind;  // {, ( or [
    std::size_t at;
  };
  std::vector<Bracket> open;  // outermost first
};

Nesting nesting(std::string_view text);

// Where the token that ends at the end of `text` begins: a word, a variable, a prefixed name, an IRI or a
// string that is not closed; text.size() when nothing is begun.
std::size_t word_begin(std::string_view text);

// The variables of a text, `?` or `$` included, each once, in their order.
std::vector<std::string> variables_of(std::string_view text);

}  // namespace dossier::grammar
