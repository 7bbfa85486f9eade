#include <array>
#include <optional>
#include <utility>

#include "tests/differential/generate.h"

namespace dossier::differential {
namespace {

// Strings are put together with << as C++ says in which order its sides are evaluated, and of + it does not:
// the same seed must draw the same numbers with every compiler.
std::string operator<<(std::string left, const std::string& right) {
  return std::move(left) + right;
}
std::string operator<<(std::string left, const char* right) {
  return std::move(left) + right;
}
std::string operator<<(const char* left, const std::string& right) {
  return left + right;
}

class Writer {
 public:
  Writer(Random& random, const Pool& pool, const std::vector<Quad>& quads, const GenerateOptions& options)
      : random_(random),
        pool_(pool),
        quads_(quads),
        options_(options),
        budget_(static_cast<int>(random.between(1, 7))) {}

  std::string query() {
    std::string text = "PREFIX : <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> ";
    text += "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n";
    switch (random_.weighted({80, 8, 9, 3})) {
      case 0:
        return text << select(true);
      case 1:
        return text << "ASK " << dataset() << "WHERE " << group(2);
      case 2: {
        const std::string from = dataset();
        const std::string where = group(2);
        return text << "CONSTRUCT { " << construct_template() << "} " << from << "WHERE " << where;
      }
      default: {
        const std::string where = group(1);
        return text << "DESCRIBE " << (random_.chance(30) ? iri() : bound()) << bound() << "WHERE " << where;
      }
    }
  }

 private:
  // ---- terms; every token ends with a space

  static constexpr std::size_t kVariables = 5;

  std::string variable() {
    return "?" << std::string(1, static_cast<char>('a' + random_.below(kVariables))) << " ";
  }
  std::string fresh() { return "?v" << std::to_string(next_++) << " "; }
  static std::string token(const Term& term) { return term.to_string() << " "; }
  std::string iri() { return token(random_.of(pool_.resources)); }
  std::string predicate() { return token(random_.of(pool_.predicates)); }
  std::string literal() {
    if (random_.chance(15)) {
      static const std::vector<std::string> kShort{"1 ", "2 ", "1.5 ", "1e0 ", "true ", "\"a\" ", "0 "};
      return random_.of(kShort);
    }
    return token(random_.of(pool_.literals));
  }
  std::string blank() {
    if (block_blanks_ == 0 || random_.chance(50)) ++block_blanks_;
    return "_:n" << std::to_string(block_) << "x" << std::to_string(random_.below(block_blanks_)) << " ";
  }
  std::string subject() {
    switch (random_.weighted({70, 20, 10, options_.rdf11 ? 0u : 4u})) {
      case 0:
        return variable();
      case 1:
        return iri();
      case 2:
        return blank();
      default:
        return "<< " << inner_triple(1) << "> > ";
    }
  }
  std::string verb() { return random_.chance(18) ? variable() : predicate(); }
  std::string object_of(int depth) {
    switch (random_.weighted({62, 12, 14, 6, options_.rdf11 || depth > 1 ? 0u : 6u})) {
      case 0:
        return variable();
      case 1:
        return iri();
      case 2:
        return literal();
      case 3:
        return blank();
      default:
        return "<<( " << inner_triple(depth + 1) << ")>> ";
    }
  }
  std::string inner_triple(int depth) {
    const std::string s = random_.chance(75) ? variable() : iri();
    const std::string p = verb();
    return s << p << object_of(depth + 1);
  }

  // ---- triples that are there

  // A variable that stands for the term, or the term itself.
  std::string guided(const Term& term, std::size_t percent_variable) {
    if (random_.chance(percent_variable)) {
      const std::size_t first = random_.below(kVariables);
      for (const bool known : {true, false})
        for (std::size_t i = 0; i < kVariables; ++i) {
          const std::size_t place = (first + i) % kVariables;
          std::optional<Term>& stands_for = stands_for_[place];
          if (known ? stands_for != term : stands_for.has_value()) continue;
          if (known && random_.chance(15)) continue;
          stands_for = term;
          return "?" << std::string(1, static_cast<char>('a' + place)) << " ";
        }
    }
    if (term.is_blank()) return random_.chance(40) ? blank() : variable();
    if (!term.is_triple()) return token(term);
    if (has_blank(term) || random_.chance(80)) {
      const std::string s = guided(term.subject(), 75);
      const std::string p = guided(term.predicate(), 25);
      return "<<( " << s << p << guided(term.object(), 65) << ")>> ";
    }
    return token(term);
  }
  static bool has_blank(const Term& term) {
    return term.is_blank() || (term.is_triple() && (has_blank(term.subject()) || has_blank(term.object())));
  }

  // Empty: no quad of the present graph was drawn.
  std::string guided_triple() {
    if (quads_.empty()) return {};
    for (int tries = 0; tries < 6; ++tries) {
      const Quad& quad = random_.of(quads_);
      if (quad.graph != graph_) continue;
      const Term& object = quad.object;
      if (object.is_triple() && quad.predicate.value().ends_with("reifies") && random_.chance(50)) {
        const std::string s = guided(object.subject(), 75);
        const std::string p = guided(object.predicate(), 20);
        const std::string o = guided(object.object(), 70);
        const std::string text = "<< " << s << p << o << "~ " << reifier(quad.subject) << ">> ";
        for (const Quad& other : quads_)
          if (other.subject == quad.subject && other.graph == graph_ && &other != &quad &&
              random_.chance(60)) {
            const std::string verb_text = guided(other.predicate, 20);
            return text << verb_text << guided(other.object, 75) << ". ";
          }
        return text << verb() << object_of(0) << ". ";
      }
      std::string text = guided(quad.subject, 78);
      if (text.starts_with("<<(")) return {};
      if (random_.chance(16)) {
        text += path(2);
        return text << (object.is_triple() ? variable() : guided(object, 75)) << ". ";
      }
      text += guided(quad.predicate, 14);
      text += guided(object, 72);
      return text << ". ";
    }
    return {};
  }
  std::string reifier(const Term& term) { return term.is_blank() ? variable() : guided(term, 80); }

  // ---- triples of any kind

  std::string triple() {
    if (random_.chance(92))
      if (std::string text = guided_triple(); !text.empty()) return text;
    if (!options_.rdf11 && random_.chance(12)) return reifying();
    std::string text = subject();
    if (text.starts_with("<< ")) {
      // Written as one token pair, so that the shrinker keeps them together.
      text = text.substr(0, text.size() - 4) << ">> ";
      return text << verb() << object_of(0) << ". ";
    }
    if (random_.chance(22)) {
      text += path(2);
      text += random_.chance(70) ? variable() : random_.chance(60) ? iri() : literal();
      return text << ". ";
    }
    text += verb() << object_of(0);
    if (random_.chance(12)) text += "; " << verb() << object_of(0);
    if (random_.chance(8)) text += ", " << object_of(0);
    return text << ". ";
  }

  std::string reifying() {
    std::string text = random_.chance(70) ? variable() : iri();
    switch (random_.below(4)) {
      case 0:
        text += verb() << object_of(0) << "{| " << verb() << object_of(0) << "|} ";
        break;
      case 1:
        text += verb() << object_of(0) << "~ " << variable();
        if (random_.chance(40)) text += "{| " << verb() << object_of(0) << "|} ";
        if (random_.chance(30)) text += "~ " << variable();
        break;
      case 2:
        text = "<< " << text << verb() << object_of(0) << "~ " << variable() << ">> " << verb()
                     << object_of(0);
        break;
      default:
        text += "rdf:reifies <<( " << inner_triple(0) << ")>> ";
        break;
    }
    return text << ". ";
  }

  std::string path(int depth) {
    if (depth == 0) return random_.chance(15) ? "^ " << predicate() : predicate();
    switch (random_.weighted({16, 10, 18, 14, 12, 12, 10, 10, 6})) {
      case 0:
        return predicate();
      case 1:
        return "^ " << primary(depth - 1);
      case 2:
        return primary(depth - 1) << "/ " << primary(depth - 1);
      case 3:
        return primary(depth - 1) << "| " << primary(depth - 1);
      case 4:
        return primary(depth - 1) << "* ";
      case 5:
        return primary(depth - 1) << "+ ";
      case 6:
        return primary(depth - 1) << "? ";
      case 8: {
        const std::size_t least = random_.between(0, 2);
        std::string most;
        if (random_.chance(40))
          most = ",";
        else if (random_.chance(70))
          most = "," + std::to_string(random_.between(least, 4));
        return primary(depth - 1) << "{" << std::to_string(least) << most << "} ";
      }
      default: {
        std::string text = "! ( ";
        const std::size_t size = random_.between(1, 2);
        for (std::size_t i = 0; i < size; ++i)
          text += (i > 0 ? "| " : "") << std::string(random_.chance(35) ? "^ " : "") << predicate();
        return text << ") ";
      }
    }
  }
  std::string primary(int depth) { return depth == 0 ? predicate() : "( " << path(depth) << ") "; }

  std::string triples() {
    ++block_;
    block_blanks_ = 0;
    std::string text;
    const std::size_t size = random_.weighted({52, 38, 10}) + 1;
    for (std::size_t i = 0; i < size; ++i) text += triple();
    --budget_;
    return text;
  }

  std::string construct_template() {
    std::string text;
    const std::size_t size = random_.between(1, 2);
    for (std::size_t i = 0; i < size; ++i) {
      ++block_;
      block_blanks_ = 0;
      text += (random_.chance(20) ? blank() : bound())
              << verb() << (random_.chance(60) ? bound() : object_of(0)) << ". ";
    }
    return text;
  }

  // ---- groups

  std::string group(int depth) {
    std::string text = "{ ";
    const std::size_t size = random_.weighted({6, 40, 34, 15, 5});
    // Mostly some triples first.
    if (size > 0 && random_.chance(75)) text += triples();
    for (std::size_t i = 0; i < size; ++i) text += element(depth);
    return text << "} ";
  }

  std::string element(int depth) {
    if (budget_ <= 0 || depth <= 0)
      return budget_ > -3 && random_.chance(60) ? triples() : random_.chance(40) ? filter(0) : "";
    --budget_;
    switch (random_.weighted({18, 22, 13, 11, 13, 9, 10, 8, 8, 5})) {
      case 0:
        return triples();
      case 1:
        return "OPTIONAL " << group(depth - 1);
      case 2: {
        std::string text = group(depth - 1) << "UNION " << group(depth - 1);
        if (random_.chance(15)) text += "UNION " << group(depth - 1);
        return text;
      }
      case 3:
        return "MINUS " << group(depth - 1);
      case 4: {
        // What is inside is made of one graph.
        const std::optional<Term> outside = std::exchange(graph_, random_.of(pool_.graphs));
        if (!quads_.empty())
          if (const Quad& quad = random_.of(quads_); quad.graph) graph_ = quad.graph;
        std::string text = "GRAPH " << (graph_->is_blank() ? variable() : guided(*graph_, 60));
        text += group(depth - 1);
        graph_ = outside;
        return text;
      }
      case 5:
        return filter(depth);
      case 6:
        return "BIND ( " << term_expression(2, depth) << "AS " << (random_.chance(50) ? fresh() : variable())
                         << ") ";
      case 7:
        return values();
      case 8:
        return "{ " << select(false) << "} ";
      default:
        return group(depth - 1);
    }
  }

  std::string filter(int depth) { return "FILTER ( " << boolean_expression(2, depth) << ") "; }

  std::string values() {
    std::string text = "VALUES ( ";
    const std::size_t width = random_.between(1, 2);
    const std::size_t first = random_.below(kVariables);
    for (std::size_t i = 0; i < width; ++i)
      text += "?" << std::string(1, static_cast<char>('a' + (first + i) % kVariables)) << " ";
    text += ") { ";
    const std::size_t height = random_.weighted({4, 30, 40, 26});
    for (std::size_t row = 0; row < height; ++row) {
      text += "( ";
      for (std::size_t i = 0; i < width; ++i) text += random_.chance(14) ? "UNDEF " : value_of(first + i);
      text += ") ";
    }
    return text << "} ";
  }
  std::string value_of(std::size_t place) {
    const std::optional<Term>& known = stands_for_[place % kVariables];
    if (known && !has_blank(*known) && random_.chance(65)) return token(*known);
    return random_.chance(50) ? iri() : constant();
  }
  std::string constant() {
    if (!options_.rdf11 && random_.chance(8))
      return "<<( " << iri() << predicate() << (random_.chance(50) ? iri() : literal()) << ")>> ";
    return literal();
  }

  // A variable that mostly has a value.
  std::string bound() {
    if (random_.chance(80)) {
      const std::size_t first = random_.below(kVariables);
      for (std::size_t i = 0; i < kVariables; ++i) {
        const std::size_t place = (first + i) % kVariables;
        if (stands_for_[place]) return "?" << std::string(1, static_cast<char>('a' + place)) << " ";
      }
    }
    return variable();
  }

  // ---- expressions: `depth` of operators, `nesting` of groups in EXISTS

  std::string boolean_expression(int depth, int nesting) {
    if (depth == 0) return random_.chance(40) ? "BOUND( " << bound() << ") " : comparison(0, nesting);
    switch (random_.weighted({30, 8, 8, 10, 10, 8, 10, 10, 6})) {
      case 0:
        return comparison(depth, nesting);
      case 1:
        return "BOUND( " << bound() << ") ";
      case 2: {
        static const std::vector<std::string> kTests{"isIRI( ", "isBLANK( ", "isLITERAL( ", "isNUMERIC( "};
        static const std::vector<std::string> kNewTests{"isTRIPLE( ", "hasLANG( ", "hasLANGDIR( "};
        return random_.of(options_.rdf11 || random_.chance(70) ? kTests : kNewTests) << bound() << ") ";
      }
      case 3:
        return "( " << boolean_expression(depth - 1, nesting)
                    << (random_.chance(50) ? "&& " : "|| ") + boolean_expression(depth - 1, nesting) << ") ";
      case 4:
        return "! ( " << boolean_expression(depth - 1, nesting) << ") ";
      case 5: {
        std::string text = "( " << term_expression(depth - 1, nesting)
                                << (random_.chance(60) ? "IN ( " : "NOT IN ( ");
        const std::size_t size = random_.below(4);
        for (std::size_t i = 0; i < size; ++i)
          text += (i > 0 ? ", " : "") << (random_.chance(25)   ? bound()
                                          : random_.chance(40) ? iri()
                                                               : literal());
        return text << ") ) ";
      }
      case 6:
        if (nesting > 0 && budget_ > 0) {
          --budget_;
          return (random_.chance(50) ? "EXISTS " : "NOT EXISTS ") << group(nesting - 1);
        }
        return comparison(depth, nesting);
      case 7: {
        static const std::vector<std::string> kTests{"CONTAINS( ", "STRSTARTS( ", "STRENDS( "};
        if (random_.chance(20))
          return "REGEX( STR( " << bound() << ") , \"a\" " << (random_.chance(30) ? ", \"i\" " : "") << ") ";
        if (random_.chance(20)) return "LANGMATCHES( LANG( " << bound() << ") , \"en\" ) ";
        return random_.of(kTests) << string_expression(depth - 1) << ", " << string_expression(0) << ") ";
      }
      default:
        return term_expression(depth - 1, nesting);  // its effective boolean value
    }
  }

  std::string comparison(int depth, int nesting) {
    static const std::vector<std::string> kOperators{"= ", "= ", "!= ", "< ", "> ", "<= ", ">= "};
    const std::size_t place = random_.below(kVariables);
    if (random_.chance(45) && stands_for_[place] && !has_blank(*stands_for_[place])) {
      // Of a variable with its value, or with one that is like it.
      const std::string name = "?" << std::string(1, static_cast<char>('a' + place)) << " ";
      const std::string with = random_.chance(60) ? token(*stands_for_[place]) : bound();
      return "( " << name << random_.of(kOperators) << with << ") ";
    }
    if (random_.chance(8))
      return "sameTerm( " << term_expression(depth > 0 ? depth - 1 : 0, nesting) << ", "
                          << term_expression(0, nesting) << ") ";
    return "( " << term_expression(depth > 0 ? depth - 1 : 0, nesting) << random_.of(kOperators)
                << term_expression(0, nesting) << ") ";
  }

  std::string term_expression(int depth, int nesting) {
    if (depth == 0) {
      switch (random_.weighted({65, 10, 25, options_.rdf11 ? 0u : 3u})) {
        case 0:
          return bound();
        case 1:
          return iri();
        case 2:
          return literal();
        default:
          return "<<( " << (random_.chance(50) ? bound() : iri()) << predicate() << bound() << ")>> ";
      }
    }
    switch (random_.weighted({30, 18, 16, 8, 8, 6, 6, options_.rdf11 ? 0u : 8u})) {
      case 0:
        return term_expression(0, nesting);
      case 1:
        return numeric_expression(depth);
      case 2:
        return string_expression(depth);
      case 3:
        return "IF( " << boolean_expression(depth - 1, nesting) << ", " << term_expression(depth - 1, nesting)
                      << ", " + term_expression(depth - 1, nesting) << ") ";
      case 4:
        return "COALESCE( " << term_expression(depth - 1, nesting) << ", "
                            << term_expression(depth - 1, nesting) << ") ";
      case 5: {
        static const std::vector<std::string> kCasts{"xsd:integer( ", "xsd:decimal( ", "xsd:double( ",
                                                     "xsd:boolean( ", "xsd:string( ",  "xsd:float( "};
        return random_.of(kCasts) << term_expression(depth - 1, nesting) << ") ";
      }
      case 6:
        return random_.chance(50) ? "DATATYPE( " << bound() << ") "
                                  : "( " << boolean_expression(depth - 1, nesting) << ") ";
      default: {
        static const std::vector<std::string> kParts{"SUBJECT( ", "PREDICATE( ", "OBJECT( "};
        if (random_.chance(60)) return random_.of(kParts) << bound() << ") ";
        return "TRIPLE( " << bound() << ", " << (random_.chance(70) ? predicate() : bound()) << ", "
                          << bound() << ") ";
      }
    }
  }

  std::string numeric_expression(int depth) {
    if (depth <= 1) {
      if (random_.chance(25)) return "STRLEN( STR( " << bound() << ") ) ";
      if (random_.chance(25)) return literal();
      return bound();
    }
    switch (random_.weighted({50, 15, 15, 10})) {
      case 0: {
        static const std::vector<std::string> kOperators{"+ ", "- ", "* ", "/ "};
        return "( " << numeric_expression(depth - 1) << random_.of(kOperators)
                    << numeric_expression(depth - 1) << ") ";
      }
      case 1: {
        static const std::vector<std::string> kFunctions{"ABS( ", "CEIL( ", "FLOOR( ", "ROUND( "};
        return random_.of(kFunctions) << numeric_expression(depth - 1) << ") ";
      }
      case 2: {
        static const std::vector<std::string> kFunctions{"YEAR( ", "MONTH( ", "DAY( ", "HOURS( "};
        return random_.of(kFunctions) << bound() << ") ";
      }
      default:
        return "( - " << numeric_expression(depth - 1) << ") ";
    }
  }

  std::string string_expression(int depth) {
    if (depth <= 0)
      return random_.chance(40) ? "STR( " << bound() << ") " : random_.chance(70) ? bound() : literal();
    switch (random_.weighted({20, 12, 12, 14, 10, 10, 8, 6})) {
      case 0:
        return "STR( " << bound() << ") ";
      case 1:
        return (random_.chance(50) ? "UCASE( " : "LCASE( ") << string_expression(depth - 1) << ") ";
      case 2:
        return "CONCAT( " << string_expression(depth - 1) << ", " << string_expression(0) << ") ";
      case 3:
        return "SUBSTR( " << string_expression(depth - 1) << ", " << std::to_string(random_.below(3))
                          << " " + (random_.chance(50) ? ", " << std::to_string(random_.below(3)) << " " : "")
                          << ") ";
      case 4:
        return (random_.chance(50) ? "STRBEFORE( " : "STRAFTER( ")
               << string_expression(depth - 1) << ", " << string_expression(0) << ") ";
      case 5:
        return "LCASE( LANG( " << bound() << ") ) ";
      case 6:
        return random_.chance(50) ? "STRLANG( STR( " << bound() << ") , \"en\" ) "
                                  : "STRDT( STR( " << bound() << ") , xsd:integer ) ";
      default:
        return "TZ( " << bound() << ") ";
    }
  }

  // ---- SELECT

  std::string dataset() {
    if (!random_.chance(9)) return "";
    std::string text;
    if (random_.chance(75)) {
      graph_ = random_.of(pool_.graphs);
      text += "FROM " << token(*graph_);
    }
    if (random_.chance(30)) text += "FROM " << token(random_.of(pool_.graphs));
    if (random_.chance(60)) text += "FROM NAMED " << token(random_.of(pool_.graphs));
    return text;
  }

  std::string aggregate() {
    const std::string distinct = random_.chance(30) ? "DISTINCT " : "";
    if (random_.chance(20)) return "COUNT( " << distinct << "* ) ";
    static const std::vector<std::string> kNames{"COUNT( ", "COUNT( ", "SUM( ",   "AVG( ",
                                                 "MIN( ",   "MAX( ",   "SAMPLE( "};
    if (random_.chance(10))
      return "GROUP_CONCAT( " << distinct << "STR( " << bound() << ") ; SEPARATOR = \",\" ) ";
    return random_.of(kNames) << distinct << (random_.chance(75) ? bound() : term_expression(1, 0)) << ") ";
  }

  std::string select(bool top) {
    const std::string from = top ? dataset() : "";
    const std::string where = group(top ? 3 : 1);
    std::string text = "SELECT ";
    const std::size_t how = random_.weighted({70, 18, top ? 6u : 0u});
    if (how == 1) text += "DISTINCT ";
    if (how == 2) text += "REDUCED ";
    std::string tail;
    std::vector<std::string> shown;
    const std::size_t projection = random_.weighted({40, 35, 25});
    const bool is_grouped = projection == 2;
    switch (projection) {
      case 0:
        text += "* ";
        for (char c = 'a'; c <= 'e'; ++c) shown.push_back("?" << std::string(1, c) << " ");
        break;
      case 1: {
        const std::size_t size = random_.between(1, 3);
        for (std::size_t i = 0; i < size; ++i) {
          if (random_.chance(20)) {
            shown.push_back(fresh());
            text += "( " << term_expression(2, 1) << "AS " << shown.back() << ") ";
          } else {
            shown.push_back(bound());
            text += shown.back();
          }
        }
        break;
      }
      default: {
        const std::size_t keys = random_.weighted({35, 50, 15});
        if (keys > 0) tail = "GROUP BY ";
        for (std::size_t i = 0; i < keys; ++i) {
          if (random_.chance(10)) {
            tail += "( " << term_expression(2, 1) << ") ";  // a key without a name
            continue;
          }
          if (random_.chance(25)) {
            shown.push_back(fresh());
            tail += "( " << term_expression(2, 0) << "AS " << shown.back() << ") ";
          } else {
            shown.push_back(bound());
            tail += shown.back();
          }
          if (random_.chance(85)) text += shown.back();
        }
        const std::size_t aggregates = random_.between(keys > 0 ? 0 : 1, 2);
        for (std::size_t i = 0; i < aggregates || text.ends_with("SELECT ") || text.ends_with("DISTINCT ") ||
                                text.ends_with("REDUCED ");
             ++i) {
          shown.push_back(fresh());
          text += random_.chance(80) ? "( " << aggregate() << "AS " << shown.back() << ") "
                                     : "( ( " << aggregate() << "+ 1 ) AS " << shown.back() << ") ";
        }
        if (random_.chance(20))
          tail += "HAVING ( " << (random_.chance(15) ? "EXISTS " << group(0) << "&& " : std::string())
                              << aggregate() << "> " << std::to_string(random_.below(3)) << " ) ";
        break;
      }
    }
    text += from << "WHERE " << where << tail;
    if (random_.chance(top ? 25 : 20)) {
      text += "ORDER BY ";
      const std::size_t size = random_.between(1, 2);
      for (std::size_t i = 0; i < size; ++i) {
        std::string key = random_.of(shown);
        if (random_.chance(20)) key = "( " << (is_grouped ? aggregate() : term_expression(2, 1)) << ") ";
        text += random_.chance(30) ? "DESC( " << key << ") " : key;
      }
    }
    if (random_.chance(12)) text += "LIMIT " << std::to_string(random_.below(5)) << " ";
    if (random_.chance(8)) text += "OFFSET " << std::to_string(random_.below(3)) << " ";
    if (random_.chance(5)) text += values();
    return text;
  }

  Random& random_;
  const Pool& pool_;
  const std::vector<Quad>& quads_;
  const GenerateOptions& options_;
  int budget_;
  std::optional<Term> graph_;                               // that the patterns are made of
  std::array<std::optional<Term>, kVariables> stands_for_;  // of the variables
  int next_ = 1;
  std::size_t block_ = 0;
  std::size_t block_blanks_ = 0;
};

}  // namespace

std::string generate_query(Random& random, const Pool& pool, const std::vector<Quad>& quads,
                           const GenerateOptions& options) {
  return Writer(random, pool, quads, options).query();
}

}  // namespace dossier::differential
