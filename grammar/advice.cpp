#include "grammar/advice.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "grammar/nesting.h"
#include "grammar/parse.h"

namespace dossier::grammar {
namespace {

struct Habit {
  std::string_view word;  // in capitals
  std::string_view advice;
};

// Words that end an operand where an operator is due.
constexpr auto kOperators = std::to_array<Habit>({
    {"AND", "'and' is written &&"},
    {"OR", "'or' is written ||"},
    {"LIKE", "write CONTAINS(?x, \"text\"), STRSTARTS(?x, \"text\") or REGEX(?x, \"pattern\", \"i\")"},
    {"ILIKE", "write REGEX(?x, \"pattern\", \"i\")"},
    {"RLIKE", "write REGEX(?x, \"pattern\")"},
    {"BETWEEN", "write ?x >= 1 && ?x <= 5"},
    {"IS", "write BOUND(?x) or !BOUND(?x); types are tested by isIRI(?x), isLiteral(?x), isBlank(?x)"},
    {"STARTS", "write STRSTARTS(?x, \"text\")"},
    {"ENDS", "write STRENDS(?x, \"text\")"},
    {"CONTAINS", "write CONTAINS(?x, \"text\")"},
    {"EQUALS", "equality is written with ="},
    {"MOD", "there is no remainder; write ?x - ?y * FLOOR(?x / ?y)"},
});

// Functions by the names that other languages give them.
constexpr auto kFunctions = std::to_array<Habit>({
    {"LENGTH", "STRLEN"},
    {"LEN", "STRLEN"},
    {"CHAR_LENGTH", "STRLEN"},
    {"SUBSTRING", "SUBSTR"},
    {"STARTS_WITH", "STRSTARTS"},
    {"STARTSWITH", "STRSTARTS"},
    {"ENDS_WITH", "STRENDS"},
    {"ENDSWITH", "STRENDS"},
    {"LOWER", "LCASE"},
    {"TOLOWER", "LCASE"},
    {"UPPER", "UCASE"},
    {"TOUPPER", "UCASE"},
    {"IFNULL", "COALESCE"},
    {"NVL", "COALESCE"},
    {"ISNULL", "!BOUND"},
    {"MATCHES", "REGEX"},
    {"REGEXP", "REGEX"},
    {"TYPEOF", "DATATYPE"},
    {"CEILING", "CEIL"},
    {"CURRENT_DATE", "NOW"},
    {"TO_STRING", "STR"},
    {"TOSTRING", "STR"},
    {"TO_DATE", "xsd:date"},
    {"DATE", "xsd:date"},
    {"INT", "xsd:integer"},
    {"INTEGER", "xsd:integer"},
    {"FLOAT", "xsd:double"},
    {"CAST", "xsd:integer, xsd:date or another type"},
    {"STRING_AGG", "GROUP_CONCAT"},
    {"MEAN", "AVG"},
});

// First words of statements that other languages have.
constexpr auto kStatements = std::to_array<Habit>({
    {"MATCH", "this is Cypher; a pattern of triples is asked by SELECT * { ?a :knows ?b }"},
    {"OPTIONAL", "a query begins with SELECT, and its patterns stand in braces"},
    {"WHERE", "a query begins with SELECT, as in SELECT * WHERE { ?s ?p ?o }"},
    {"FROM", "a query begins with SELECT: SELECT * FROM <graph> { ?s ?p ?o }"},
    {"SHOW",
     "SELECT DISTINCT ?p { ?s ?p ?o } shows the predicates, SELECT DISTINCT ?c { ?s a ?c } the classes"},
    {"UPDATE", "write DELETE { ... } INSERT { ... } WHERE { ... }"},
    {"MERGE", "write INSERT DATA { ... }: what is there already stays as it is"},
    {"GROUP", "it stands behind the braces of a query"},
    {"HAVING", "it stands behind the braces of a query"},
    {"ORDER", "it stands behind the braces of a query"},
    {"LIMIT", "it stands behind the braces of a query"},
    {"OFFSET", "it stands behind the braces of a query"},
    {"UNION", "it stands inside of the braces: { { ... } UNION { ... } }"},
    {"FILTER", "it stands inside of the braces of a query"},
    {"RETURN", "what is returned stands behind SELECT"},
});

std::string upper(std::string_view word) {
  std::string result(word);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

template <std::size_t kSize>
std::string_view find(const std::array<Habit, kSize>& habits, std::string_view word) {
  const auto found =
      std::find_if(habits.begin(), habits.end(), [&](const Habit& habit) { return habit.word == word; });
  return found == habits.end() ? std::string_view() : found->advice;
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

// The last token before a place, roughly: characters up to a blank or a bracket.
std::string_view last_token(std::string_view before) {
  before = without_space(before);
  std::size_t begin = before.size();
  while (begin > 0 && std::string_view(" \t\r\n(){}[],;").find(before[begin - 1]) == std::string_view::npos)
    --begin;
  if (begin == before.size() && begin > 0) --begin;  // a bracket or a comma is a token
  return before.substr(begin);
}

std::string place_of(std::string_view text, const Nesting::Bracket& bracket) {
  const auto [line, column] = line_and_column(text, bracket.at);
  return std::string("the '") + bracket.kind + "' in line " + std::to_string(line) + ", column " +
         std::to_string(column) + " is not closed";
}

std::string at_the_end(const Failure& failure) {
  const std::string last = upper(last_token(failure.text));
  if (last == "DESC" || last == "ASC") return last + " stands before its key, in brackets: " + last + "(?x)";
  if (failure.wants("WHERE") && failure.wants("USING"))
    return "where to is said by WHERE { ... }; INSERT DATA { ... } and DELETE DATA { ... } need none";
  const auto open = nesting(failure.text).open;
  return open.empty() ? std::string() : place_of(failure.text, open.back());
}

// The word is where an operator, or the end of the expression, was expected.
std::string in_expression(const Failure& failure, std::string_view word, std::string_view rest) {
  if (!word.empty()) return std::string(find(kOperators, word));
  if (rest.starts_with("<>")) return "'not equal' is written !=";
  if (rest.starts_with("&")) return "'and' is written &&";
  if (rest.starts_with("|")) return "'or' is written ||";
  if (rest.starts_with("~") || rest.starts_with("=~")) return "write REGEX(?x, \"pattern\")";
  if (rest.starts_with("%")) return "there is no remainder; write ?x - ?y * FLOOR(?x / ?y)";
  if (rest.starts_with(".")) return "a function stands before its argument: LANG(?x), YEAR(?date)";
  if (rest.starts_with(")") && failure.wants("AS")) {
    const std::string_view before = without_space(failure.text.substr(0, failure.at));
    const std::string_view argument = last_token(before);
    const std::string_view bracket = last_token(before.substr(0, before.size() - argument.size()));
    if (argument.starts_with('?') && bracket == "(") return "a variable alone stands without brackets";
    return "an expression needs a name: (... AS ?name)";
  }
  return {};
}

std::string of_projection(std::string_view word, std::string_view rest) {
  if (word == "AS") return "an expression with its name stands in brackets: (?x AS ?name)";
  if (word == "TOP" || word == "FIRST" || word == "LIMIT") return "write LIMIT 5 behind the closing brace";
  if (word == "COUNT" || word == "SUM" || word == "AVG" || word == "MIN" || word == "MAX" ||
      word == "SAMPLE" || word == "GROUP_CONCAT")
    return "an expression needs brackets and a name: (" + std::string(word) + "(...) AS ?name)";
  if (rest.starts_with(",")) return "the variables of SELECT stand side by side without commas";
  if (rest.starts_with("{") || word == "WHERE" || word == "FROM")
    return "what is asked for is missing: variables, or *";
  return {};
}

// Behind an object.
std::string after_object(const Failure& failure, std::string_view word, std::string_view rest) {
  const std::string_view before = without_space(failure.text.substr(0, failure.at));
  if (word == "WHERE" || word == "HAVING" || word == "IF") return "a condition is FILTER(...)";
  if (word == "NOT" || word == "EXISTS") return "write FILTER NOT EXISTS { ... } or FILTER EXISTS { ... }";
  if (word == "AND") return "patterns stand side by side; a '.' parts them";
  if (word == "OR") return "write { ... } UNION { ... }";
  if (word == "ORDER" || word == "LIMIT" || word == "GROUP" || word == "OFFSET")
    return "it stands behind the closing brace";
  if (rest.starts_with("@")) return "a language tag has letters behind @: \"text\"@en";
  if (!word.empty() && failure.at > 0 && failure.text[failure.at - 1] == '\'')
    return "an apostrophe inside of '...' is written \\', or the text stands in \"...\"";
  if (rest.starts_with("-") || rest.starts_with("<-")) return "an edge is a triple: ?a :knows ?b";
  if (rest.starts_with("=")) return "a triple has no =, and a comparison is FILTER(?x = ...)";
  const std::string_view last = last_token(before);
  const std::string_view mark = last_token(before.substr(0, before.size() - last.size()));
  const bool begins_term = !word.empty() || rest.starts_with("?") || rest.starts_with("$") ||
                           rest.starts_with("<") || rest.starts_with("[") || rest.starts_with("_:") ||
                           rest.find(':') != std::string_view::npos;
  if (!begins_term || failure.misspelt || rest.starts_with(")") || rest.starts_with("}")) return {};
  if (mark == ",") return "',' goes on with another object; a '.' comes before another subject";
  const std::string_view part = last_token(before.substr(0, before.size() - last.size()));
  const std::string_view earlier =
      last_token(without_space(before.substr(0, static_cast<std::size_t>(part.data() - before.data()))));
  if (earlier == ";") return "behind ';' the subject is not written again; a '.' comes before another triple";
  return "a '.' is missing before it";
}

}  // namespace

bool Failure::wants(std::string_view what) const {
  return std::find(expected.begin(), expected.end(), what) != expected.end();
}

std::string advice(const Failure& failure) {
  if (failure.at >= failure.text.size()) return at_the_end(failure);
  const std::string word = upper(failure.word);
  const std::string_view rest = failure.text.substr(failure.at);
  const std::string_view behind = rest.substr(failure.word.size());
  const std::string_view last = last_token(failure.text.substr(0, failure.at));
  const bool term = failure.wants("an IRI") && failure.wants("a string");  // any term may stand here
  const auto one_of_two = [&](char open, char close) {
    return rest.front() == close && nesting(failure.text.substr(0, failure.at)).open.empty()
               ? std::string("there is no '") + open + "' that it closes"
               : std::string();
  };

  if (rest.starts_with("“") || rest.starts_with("”") || rest.starts_with("„") || rest.starts_with("«"))
    return "quotation marks are plain: \"text\" or 'text'";
  if (rest.starts_with("‘") || rest.starts_with("’")) return "quotation marks are plain: \"text\" or 'text'";
  if (rest.front() == '<' && (term || failure.wants("'a'") || failure.wants("an IRI in angle brackets"))) {
    const std::size_t close = rest.find('>');
    if (close != std::string_view::npos && close < rest.find('\n') && rest.substr(0, close).find(' ') < close)
      return "an IRI holds no blank; write it as %20";
  }
  if (failure.wants("SELECT") && failure.wants("ASK")) {
    if (rest.starts_with("@prefix") || rest.starts_with("@base"))
      return "a query has PREFIX name: <IRI>, without @ and the '.' behind";
    if (rest.front() == ';' || rest.front() == '.')
      return "nothing stands between a PREFIX line and what follows";
    return std::string(find(kStatements, word));
  }
  if (failure.wants("a prefix with its colon")) return "its colon is missing: PREFIX name: <IRI>";
  if (failure.wants("an IRI in angle brackets"))
    return "write <" + std::string(rest.substr(0, rest.find_first_of(" \t\r\n"))) + ">";
  if (failure.wants("DISTINCT") || (failure.wants("WHERE") && failure.wants("a variable"))) {
    if (std::string found = of_projection(word, rest); !found.empty()) return found;
    if (!word.empty() && failure.wants("a variable") && !failure.misspelt && !behind.starts_with("("))
      return "a variable begins with ?: ?" + std::string(failure.word);
    return {};
  }
  if (failure.wants("NAMED") && failure.wants("an IRI"))
    return "FROM takes the IRI of a graph; what is asked stands in braces: { ?s ?p ?o }";
  if (failure.wants("'a'")) {
    if (rest.front() == '=' || rest.front() == '-')
      return "a triple is subject, predicate, object, as in ?x foaf:name ?name";
    if (rest.front() == '"' || rest.front() == '\'' ||
        std::isdigit(static_cast<unsigned char>(rest.front())) != 0)
      return "a predicate is an IRI or a variable, no text and no number";
    if (!word.empty() && behind.starts_with("="))
      return "a name has a colon behind its prefix: " + std::string(failure.word) + ":...";
    if (!word.empty())
      return "a predicate is written with a prefix, as in :" + std::string(failure.word) + ", or as <IRI>";
    return {};
  }
  if (failure.wants("=") || failure.wants("&&") || failure.wants("||")) {
    if (std::string found = in_expression(failure, word, rest); !found.empty()) return found;
    if (const auto open = nesting(failure.text.substr(0, failure.at)).open;
        rest.front() == '}' && !open.empty() && open.back().kind == '(')
      return place_of(failure.text, open.back());
    return {};
  }
  if (failure.wants("a function")) {
    const std::string_view called = find(kFunctions, word);
    if (!called.empty()) return "write " + std::string(called);
    if (rest.front() == '=' && last == "=") return "equality is written with a single =";
    if (rest.front() == '=' && failure.at > 0 && failure.text[failure.at - 1] == '=')
      return "equality is written with a single =";
    if ((rest.front() == '?' || rest.front() == '$') && !failure.wants("a variable"))
      return "a condition stands in brackets: FILTER(...)";
    if (!word.empty() && term && !failure.misspelt && !behind.starts_with("(") && word != "SELECT")
      return "text stands in quotation marks: \"" + std::string(failure.word) + "\"";
    return {};
  }
  if (failure.expected.size() == 1) {
    if (failure.wants("EXISTS")) return "'not' is written !, as in !(?x = ?y)";
    if (failure.wants("(") && upper(last) == "IN") return "the list stands in brackets: IN (1, 2)";
  }
  if (failure.wants("{") && failure.expected.size() <= 3 && !term) {
    if (word == "INTO" || word == "FROM")
      return "write INSERT DATA { ... }, DELETE DATA { ... } or DELETE WHERE { ... }";
    return "patterns and data stand in braces: { ... }";
  }
  if (failure.wants("a whole number") && rest.front() == '?')
    return "LIMIT and OFFSET take a number, no variable";
  if (failure.wants("the end of the text")) {
    if (word == "UNION") return "UNION stands inside of the braces: { { ... } UNION { ... } }";
    if (word == "FILTER" || word == "OPTIONAL" || word == "BIND" || word == "MINUS" || word == "AND")
      return "it stands inside of the braces";
    if (rest.front() == ',' && failure.wants("OFFSET")) return "write LIMIT 5 OFFSET 10";
    return one_of_two('{', '}') + one_of_two('(', ')');
  }
  if (failure.wants(",") && failure.wants(";")) return after_object(failure, word, rest);
  const auto open = nesting(failure.text.substr(0, failure.at)).open;
  if (rest.front() == ')' && failure.wants("AS")) return "a path search names its path: (... AS ?path)";
  if (rest.front() == ')' && (open.empty() || open.back().kind != '('))
    return "there is no '(' that it closes";
  if (rest.front() == '.' && last == ".") return "one '.' is enough";
  if (failure.wants("a language tag") && rest.front() == '@')
    return "a language tag has letters behind @: \"text\"@en";
  if (last.ends_with("^^")) return "the datatype is an IRI, as in xsd:" + std::string(failure.word);
  if (word == "LET" || word == "SET" || word == "DEFINE") return "write BIND(expression AS ?x)";
  if (rest.starts_with("-") || rest.starts_with("<-")) return "an edge is a triple: ?a :knows ?b";
  if (!word.empty() && term && !failure.misspelt && failure.wants("}"))
    return "a term is written with a prefix, as in :" + std::string(failure.word) +
           ", as <IRI>, or as \"text\"";
  if (word == "IS" || word == "NULL")
    return "what is not there is asked by FILTER NOT EXISTS { ... } or !BOUND(?x)";
  return {};
}

}  // namespace dossier::grammar
