#include "engine/query/functions.h"

#include <algorithm>
#include <array>

#include "grammar/nearest_word.h"

namespace dossier {
namespace {

// name, arguments (least, most), body, needs, gives, pure, errors
constexpr Function kFunctions[] = {
    // terms
    {"STR", 1, 1, functions::str, Needs::text, Gives::string},
    {"LANG", 1, 1, functions::lang, Needs::text, Gives::string},
    {"LANGDIR", 1, 1, functions::lang_dir, Needs::text, Gives::string},
    {"LANGMATCHES", 2, 2, functions::lang_matches},
    {"DATATYPE", 1, 1, functions::datatype},
    {"IRI", 1, 1, functions::make_iri},
    {"URI", 1, 1, functions::make_iri},
    {"STRDT", 2, 2, functions::str_dt},
    {"STRLANG", 2, 2, functions::str_lang},
    {"STRLANGDIR", 3, 3, functions::str_lang_dir},
    {"SAMETERM", 2, 2, functions::same_term, Needs::ids},
    {"ISIRI", 1, 1, functions::is_iri, Needs::ids},
    {"ISURI", 1, 1, functions::is_iri, Needs::ids},
    {"ISBLANK", 1, 1, functions::is_blank, Needs::ids},
    {"ISLITERAL", 1, 1, functions::is_literal, Needs::ids},
    {"ISNUMERIC", 1, 1, functions::is_numeric, Needs::values},
    {"ISTRIPLE", 1, 1, functions::is_triple, Needs::ids},
    {"HASLANG", 1, 1, functions::has_lang},
    {"HASLANGDIR", 1, 1, functions::has_lang_dir},
    {"TRIPLE", 3, 3, functions::make_triple, Needs::ids},
    {"SUBJECT", 1, 1, functions::subject, Needs::ids},
    {"PREDICATE", 1, 1, functions::predicate, Needs::ids},
    {"OBJECT", 1, 1, functions::object, Needs::ids},
    {"UUID", 0, 0, functions::uuid, Needs::ids, Gives::ids, false},
    {"STRUUID", 0, 0, functions::str_uuid, Needs::ids, Gives::ids, false},
    // strings
    {"CONCAT", 0, kAnyNumber, functions::concat, Needs::text, Gives::string},
    {"SUBSTR", 2, 3, functions::substr, Needs::text, Gives::string},
    {"STRLEN", 1, 1, functions::strlen},
    {"UCASE", 1, 1, functions::ucase, Needs::text, Gives::string},
    {"LCASE", 1, 1, functions::lcase, Needs::text, Gives::string},
    {"ENCODE_FOR_URI", 1, 1, functions::encode_for_uri, Needs::text, Gives::string},
    {"CONTAINS", 2, 2, functions::contains},
    {"STRSTARTS", 2, 2, functions::str_starts},
    {"STRENDS", 2, 2, functions::str_ends},
    {"STRBEFORE", 2, 2, functions::str_before, Needs::text, Gives::string},
    {"STRAFTER", 2, 2, functions::str_after, Needs::text, Gives::string},
    {"MD5", 1, 1, functions::md5, Needs::text, Gives::string},
    {"SHA1", 1, 1, functions::sha1, Needs::text, Gives::string},
    {"SHA256", 1, 1, functions::sha256, Needs::text, Gives::string},
    {"SHA384", 1, 1, functions::sha384, Needs::text, Gives::string},
    {"SHA512", 1, 1, functions::sha512, Needs::text, Gives::string},
    {"REGEX", 2, 3, functions::regex},
    {"REPLACE", 3, 4, functions::replace, Needs::text, Gives::string},
    // numbers
    {"ABS", 1, 1, functions::abs, Needs::values},
    {"CEIL", 1, 1, functions::ceil, Needs::values},
    {"FLOOR", 1, 1, functions::floor, Needs::values},
    {"ROUND", 1, 1, functions::round, Needs::values},
    {"RAND", 0, 0, functions::rand, Needs::ids, Gives::ids, false},
    // dates and times
    {"NOW", 0, 0, functions::now, Needs::ids},
    {"YEAR", 1, 1, functions::year, Needs::values},
    {"MONTH", 1, 1, functions::month, Needs::values},
    {"DAY", 1, 1, functions::day, Needs::values},
    {"HOURS", 1, 1, functions::hours, Needs::values},
    {"MINUTES", 1, 1, functions::minutes, Needs::values},
    {"SECONDS", 1, 1, functions::seconds, Needs::values},
    {"TIMEZONE", 1, 1, functions::timezone, Needs::values},
    {"TZ", 1, 1, functions::tz, Needs::text, Gives::string},
    // casts
    {"http://www.w3.org/2001/XMLSchema#string", 1, 1, functions::cast},
    {"http://www.w3.org/2001/XMLSchema#boolean", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#integer", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#decimal", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#float", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#double", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#int", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#long", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#short", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#byte", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#nonNegativeInteger", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#positiveInteger", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#nonPositiveInteger", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#negativeInteger", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#unsignedLong", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#unsignedInt", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#unsignedShort", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#unsignedByte", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#dateTime", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#dateTimeStamp", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#date", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#time", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#gYear", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#gYearMonth", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#gMonth", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#gMonthDay", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#gDay", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#duration", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#dayTimeDuration", 1, 1, functions::cast, Needs::values},
    {"http://www.w3.org/2001/XMLSchema#yearMonthDuration", 1, 1, functions::cast, Needs::values},
    // lists and maps
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/List", 0, kAnyNumber, functions::cdt_list, Needs::ids,
     Gives::ids, true, true},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/Map", 0, kAnyNumber, functions::cdt_map, Needs::ids,
     Gives::ids, true, true},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/get", 2, 2, functions::cdt_get, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/size", 1, 1, functions::cdt_size, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/concat", 0, kAnyNumber, functions::cdt_concat, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/contains", 2, 2, functions::cdt_contains, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/head", 1, 1, functions::cdt_head, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/tail", 1, 1, functions::cdt_tail, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/reverse", 1, 1, functions::cdt_reverse, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/subseq", 2, 3, functions::cdt_subseq, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/keys", 1, 1, functions::cdt_keys, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/containsKey", 2, 2, functions::cdt_contains_key,
     Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/merge", 2, 2, functions::cdt_merge, Needs::ids},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/put", 2, 3, functions::cdt_put, Needs::ids, Gives::ids,
     true, true},
    {"http://w3id.org/awslabs/neptune/SPARQL-CDTs/remove", 2, 2, functions::cdt_remove, Needs::ids},
};

}  // namespace

const Function* find_function(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                   [&](const Function& function) { return function.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

std::string nearest_function(std::string_view name) {
  constexpr std::size_t kLongest = 200;  // no name is that long
  if (name.size() > kLongest) return {};
  const bool iri = name.find(':') != std::string_view::npos;
  std::string_view best;
  std::size_t least = 4;
  for (const Function& function : kFunctions) {
    if ((function.name.find(':') != std::string_view::npos) != iri) continue;
    const std::size_t distance = grammar::edit_distance(name, function.name);
    if (distance < least) {
      least = distance;
      best = function.name;
    }
  }
  if (best.empty()) return {};
  return iri ? "<" + std::string(best) + ">" : std::string(best);
}

bool read_string(const Argument& argument, StringValue& out) {
  const TermParts parts = split_term(argument.bytes);
  if (parts.kind != kStringByte && parts.kind != kLanguageByte) return false;
  out = {parts.text, parts.extra};
  return true;
}

Id FunctionCall::string_like(std::string_view lexical, const StringValue& like) {
  std::string bytes;
  std::string& out = text == nullptr ? bytes : *text;
  if (like.tag.empty())
    append_literal_bytes(out, lexical, iri::kXsdString);
  else
    append_language_bytes(out, lexical, like.tag);  // the tag carries the direction
  return text == nullptr ? context.terms().intern(bytes) : inline_boolean(true);
}

Value read_value(const Argument& argument) {
  if (has_inline_value(argument.id)) return value_of_inline(argument.id);
  return value_of_bytes(argument.bytes);
}

}  // namespace dossier
