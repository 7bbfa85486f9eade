// The built-in functions of SPARQL: one table.
//
// Purpose: name -> number of arguments -> body. Adding a function is a body and a row of the table in
// functions.cpp. A body sees one row: the ids of its arguments, all bound unless its row says `errors`, and,
// as far as it needs them, their term bytes, decoded a batch at a time by the caller. It returns an id,
// kUnbound for an error; it never throws but LimitError. Forms that do not evaluate all arguments first
// (BOUND, IF, COALESCE, IN, EXISTS, BNODE) live in the compiler. Thread-safety: the table is constant; a
// FunctionState belongs to one place of one expression.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/query/comparison.h"

namespace dossier {

struct Argument {
  Id id;                   // kUnbound for a string that was computed for this call alone
  std::string_view bytes;  // the term bytes; empty for a triple term, and where they are not needed
};

// A string argument: simple, tagged, or tagged with a direction.
struct StringValue {
  std::string_view text;
  std::string_view tag;  // with direction; empty for xsd:string
};

// What a place in an expression keeps between rows: the compiled regular expression, for REGEX and REPLACE.
class FunctionState {
 public:
  virtual ~FunctionState() = default;
};

struct FunctionCall {
  QueryContext& context;
  std::span<const Argument> arguments;
  std::unique_ptr<FunctionState>& state;
  std::string_view name;
  std::string* text = nullptr;  // where strings are written that need no id; null: each becomes a term

  // The result of a body that gives strings.
  Id string(std::string_view lexical) { return string_like(lexical, {}); }
  Id string_like(std::string_view lexical, const StringValue& like);

  const Argument& operator[](std::size_t i) const { return arguments[i]; }
  std::size_t size() const { return arguments.size(); }
};

using FunctionBody = Id (*)(FunctionCall& call);

inline constexpr int kAnyNumber = 1000;

// What a body reads of its arguments.
enum class Needs : std::uint8_t {
  ids,
  values,  // read_value: numbers and times in ids are not decoded
  text,    // the bytes of all; of a computed string nothing else is there
};

// How a body makes its results.
enum class Gives : std::uint8_t {
  ids,
  string,  // by FunctionCall::string
};

struct Function {
  std::string_view name;  // upper case, or an IRI
  int least = 0;          // arguments
  int most = 0;
  FunctionBody body = nullptr;
  Needs needs = Needs::text;
  Gives gives = Gives::ids;
  bool pure = true;     // equal arguments give equal results: may be folded
  bool errors = false;  // is called with arguments that are errors as well (kUnbound)
};

// Null when there is none.
const Function* find_function(std::string_view name);
// The known name nearest to `name`, empty when none is near.
std::string nearest_function(std::string_view name);

bool read_string(const Argument& argument, StringValue& out);
// Whether the value of a term stands in its id.
constexpr bool has_inline_value(Id id) {
  return id.is_inline() && id.tag() != Tag::string;
}
Value read_value(const Argument& argument);

// Bodies, by file.
namespace functions {
// functions_terms.cpp
Id str(FunctionCall& call);
Id lang(FunctionCall& call);
Id lang_dir(FunctionCall& call);
Id lang_matches(FunctionCall& call);
Id datatype(FunctionCall& call);
Id make_iri(FunctionCall& call);
Id str_dt(FunctionCall& call);
Id str_lang(FunctionCall& call);
Id str_lang_dir(FunctionCall& call);
Id same_term(FunctionCall& call);
Id is_iri(FunctionCall& call);
Id is_blank(FunctionCall& call);
Id is_literal(FunctionCall& call);
Id is_numeric(FunctionCall& call);
Id is_triple(FunctionCall& call);
Id has_lang(FunctionCall& call);
Id has_lang_dir(FunctionCall& call);
Id make_triple(FunctionCall& call);
Id subject(FunctionCall& call);
Id predicate(FunctionCall& call);
Id object(FunctionCall& call);
Id uuid(FunctionCall& call);
Id str_uuid(FunctionCall& call);
// functions_strings.cpp
Id concat(FunctionCall& call);
Id substr(FunctionCall& call);
Id strlen(FunctionCall& call);
Id ucase(FunctionCall& call);
Id lcase(FunctionCall& call);
Id encode_for_uri(FunctionCall& call);
Id contains(FunctionCall& call);
Id str_starts(FunctionCall& call);
Id str_ends(FunctionCall& call);
Id str_before(FunctionCall& call);
Id str_after(FunctionCall& call);
Id md5(FunctionCall& call);
Id sha1(FunctionCall& call);
Id sha256(FunctionCall& call);
Id sha384(FunctionCall& call);
Id sha512(FunctionCall& call);
// functions_regex.cpp
Id regex(FunctionCall& call);
Id replace(FunctionCall& call);
// functions_numbers.cpp
Id abs(FunctionCall& call);
Id ceil(FunctionCall& call);
Id floor(FunctionCall& call);
Id round(FunctionCall& call);
Id rand(FunctionCall& call);
Id now(FunctionCall& call);
Id year(FunctionCall& call);
Id month(FunctionCall& call);
Id day(FunctionCall& call);
Id hours(FunctionCall& call);
Id minutes(FunctionCall& call);
Id seconds(FunctionCall& call);
Id timezone(FunctionCall& call);
Id tz(FunctionCall& call);
// functions_casts.cpp
Id cast(FunctionCall& call);
// functions_composite.cpp
Id cdt_list(FunctionCall& call);
Id cdt_map(FunctionCall& call);
Id cdt_get(FunctionCall& call);
Id cdt_size(FunctionCall& call);
Id cdt_concat(FunctionCall& call);
Id cdt_contains(FunctionCall& call);
Id cdt_head(FunctionCall& call);
Id cdt_tail(FunctionCall& call);
Id cdt_reverse(FunctionCall& call);
Id cdt_subseq(FunctionCall& call);
Id cdt_keys(FunctionCall& call);
Id cdt_contains_key(FunctionCall& call);
Id cdt_merge(FunctionCall& call);
Id cdt_put(FunctionCall& call);
Id cdt_remove(FunctionCall& call);
}  // namespace functions

}  // namespace dossier
