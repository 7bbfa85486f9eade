// The syntax tree of SPARQL 1.2 queries and updates.
//
// Purpose: what `parse` returns and the engine translates. The tree is plain data: no methods, no parser types.
// Invariants of a tree that `parse` returned:
//  - IRIs are absolute (prefixes expanded, resolved against BASE by RFC 3986) when a base was known.
//  - The sugar of triples is gone: `;` and `,` lists, collections, `[ ]`, `<< >>`, `~` and `{| |}` are flat triples with
//    blank nodes whose labels no text can write (they start with a dot). `a` is rdf:type. A reifier is a triple
//    `r rdf:reifies <<( s p o )>>`.
//  - Groups, expressions, paths and triple terms are nested at most `kMaxDepth` deep.
//  - The static rules of the specification hold: scopes of AS and BIND variables, GROUP BY projection, blank-node labels
//    across groups, aggregates only where they may stand.
// Thread-safety: values, like any std::vector.
// Source: SPARQL 1.2 Query Language section 19.8, SPARQL 1.2 Update section 3; FOLD and UNFOLD: the SPARQL-CDTs draft.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dossier::grammar {

// Deepest nesting of groups, expressions, paths and triple terms that a text may have.
inline constexpr int kMaxDepth = 500;
// Greatest bound of a repetition, {n,m}.
inline constexpr std::uint32_t kMaxRepetitions = 10'000;

// Where a node begins: the byte offset in the text. `line_and_column` of parse.h makes it readable.
struct Location {
  std::uint32_t offset = 0;
};

// An owned value that may be incomplete where it is declared; copies deeply.
template <typename T>
class Box {
 public:
  Box() : value_(std::make_unique<T>()) {}
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT: implicit on purpose, T stands for Box<T>
  Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
  Box(Box&& other) noexcept = default;
  Box& operator=(Box other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<T> value_;
};

// ---- terms

struct Var {
  std::string name;  // without ? or $
  Location at;
};

struct Iri {
  std::string value;
  Location at;
};

enum class Direction : std::uint8_t { none, ltr, rtl };

struct Literal {
  std::string lexical;   // escapes resolved, UTF-8
  std::string datatype;  // an IRI; always set (xsd:string, rdf:langString, rdf:dirLangString where the text gives none)
  std::string language;  // as written, without @ and direction; empty when there is none
  Direction direction = Direction::none;
  Location at;
};

struct BlankNode {
  std::string label;  // without _: ; a label that starts with '.' was made by the parser
  Location at;
};

struct TripleTerm;

using Term = std::variant<Var, Iri, Literal, BlankNode, Box<TripleTerm>>;

struct TripleTerm {
  Term subject;
  Term predicate;
  Term object;
  Location at;
};

using VarOrIri = std::variant<Var, Iri>;

// ---- property paths

struct NegatedStep {
  Iri iri;
  bool inverse = false;
};

struct Path {
  enum class Kind : std::uint8_t {
    link,         // iri
    inverse,      // parts[0]
    sequence,     // parts, two or more
    alternative,  // parts, two or more
    repeat,       // parts[0], min to max times, each pair once; ? is {0,1}, * {0,kUnbounded}, + {1,kUnbounded}
    negated,      // any edge but those of `excluded`; !() has none
  };
  static constexpr std::uint32_t kUnbounded = 0xFFFFFFFF;
  Kind kind = Kind::link;
  Iri iri;
  std::vector<Path> parts;
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  std::vector<NegatedStep> excluded;
  Location at;
};

// ---- triple patterns

struct GroupPattern;

// Paths as values: `?a SHORTEST 3 TRAIL (path AS ?p, ?length, ?nodes) ?b`. Not of SPARQL. The mode says which paths
// there are, then the selector chooses among those of the same start and end.
struct PathSearch {
  enum class Selector : std::uint8_t {
    all,           // a mode alone, too
    any,           // any `count`
    any_shortest,  // one of the shortest
    shortest,      // the `count` first in order of length
    groups,        // all of the `count` smallest lengths; ALL SHORTEST is the first
    cheapest,      // the `count` first in order of cost
  };
  enum class Mode : std::uint8_t {
    walk,     // any
    trail,    // repeats no edge
    acyclic,  // repeats no node
    simple,   // repeats no node, but start and end may be one
  };
  Selector selector = Selector::all;
  Mode mode = Mode::walk;
  std::uint64_t count = 1;
  // A step by a pattern: each of its solutions is an edge.
  struct Via {
    Var from;
    Var to;
    std::shared_ptr<const GroupPattern> pattern;
    std::optional<Var> ascending;  // never decreases along a path
    std::optional<Var> cost;
  };
  Path path;  // with `via` how often the step may be repeated: links, whatever their IRI, are the step
  std::optional<Via> via;
  std::vector<Var> outputs;  // one to three: the path, its length (with a cost the total), its nodes
  Location at;
};

// A path of kind link is always written as an Iri here.
using Verb = std::variant<Var, Iri, Box<Path>, Box<PathSearch>>;

struct TriplePattern {
  Term subject;
  Verb verb;
  Term object;
  Location at;
};

// ---- expressions

struct Expression {
  enum class Kind : std::uint8_t {
    term,  // `value`: a variable, IRI, literal or triple term
    logical_or,
    logical_and,
    logical_not,
    equal,
    not_equal,
    less,
    greater,
    less_equal,
    greater_equal,
    add,
    subtract,
    multiply,
    divide,
    unary_plus,
    unary_minus,
    in,      // arguments[0] in the rest
    not_in,  // as `in`
    call,    // a built-in: `name` in upper case (STR, ISIRI, SAMETERM, IF, COALESCE, ...)
    function,    // an IRI call: `name` is the IRI; casts too
    aggregate,   // `name` in upper case: COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT FOLD; no argument is COUNT(*)
    exists,      // `pattern`
    not_exists,  // `pattern`
  };
  Kind kind = Kind::term;
  std::string name;
  Term value;
  std::vector<Expression> arguments;
  std::shared_ptr<const GroupPattern> pattern;
  bool distinct = false;                 // aggregates, and function calls with DISTINCT
  std::optional<std::string> separator;  // GROUP_CONCAT
  // FOLD with ORDER BY: its keys are the last of `arguments`; an entry for each.
  std::vector<bool> descending;
  Location at;
};

// ---- graph patterns

struct SelectQuery;

struct InlineData {
  std::vector<Var> variables;
  std::vector<std::vector<std::optional<Term>>> rows;  // no value: UNDEF
  Location at;
};

struct TriplesBlock {
  std::vector<TriplePattern> triples;
};
struct UnionPattern {  // one branch: a nested group
  std::vector<GroupPattern> branches;
};
struct OptionalPattern {
  Box<GroupPattern> pattern;
};
struct MinusPattern {
  Box<GroupPattern> pattern;
};
struct GraphPattern {
  VarOrIri graph;
  Box<GroupPattern> pattern;
};
struct ServicePattern {
  bool silent = false;
  VarOrIri endpoint;
  Box<GroupPattern> pattern;
  Location at;
};
struct Filter {
  Expression condition;
};
struct Bind {
  Expression expression;
  Var variable;
};
struct Unfold {  // SPARQL-CDTs: one solution an element of a list, an entry of a map
  Expression expression;
  Var first;                  // the element, or the key
  std::optional<Var> second;  // its position, or the value
};
struct SubSelect {
  std::shared_ptr<const SelectQuery> query;
};

using PatternElement = std::variant<TriplesBlock, UnionPattern, OptionalPattern, MinusPattern, GraphPattern, ServicePattern,
                                    Filter, Bind, Unfold, InlineData, SubSelect>;

struct GroupPattern {
  std::vector<PatternElement> elements;  // in the order of the text; a sub-select stands alone
  Location at;
};

// ---- queries

// `(expression AS variable)`, or a plain variable when there is no expression.
struct Projection {
  std::optional<Expression> expression;
  Var variable;
};

// An expression, `(expression AS variable)`, or a variable (an expression of kind term).
struct GroupCondition {
  Expression expression;
  std::optional<Var> variable;
};

struct OrderCondition {
  Expression expression;
  bool descending = false;
};

struct SolutionModifier {
  std::vector<GroupCondition> group_by;
  std::vector<Expression> having;
  std::vector<OrderCondition> order_by;
  std::optional<std::uint64_t> limit;
  std::optional<std::uint64_t> offset;
};

struct Dataset {
  std::vector<Iri> default_graphs;  // FROM, USING
  std::vector<Iri> named_graphs;    // FROM NAMED, USING NAMED
};

struct Prologue {
  std::string base;                                           // the last BASE, absolute; empty when there is none
  std::vector<std::pair<std::string, std::string>> prefixes;  // label without ':' -> IRI, in order, the last one wins
  std::string version;
  std::vector<std::pair<std::string, std::string>> supplied;  // known prefixes in use that the text does not declare
};

struct SelectQuery {
  bool distinct = false;
  bool reduced = false;
  bool star = false;                    // SELECT *
  std::vector<Projection> projections;  // empty with `star`
  GroupPattern where;
  SolutionModifier modifier;
  std::optional<InlineData> values;
};

struct ConstructQuery {
  std::vector<TriplePattern> construct;  // the template
  GroupPattern where;                    // the short form repeats the template here
  SolutionModifier modifier;
  std::optional<InlineData> values;
};

struct DescribeQuery {
  bool star = false;
  std::vector<VarOrIri> resources;
  std::optional<GroupPattern> where;
  SolutionModifier modifier;
  std::optional<InlineData> values;
};

struct AskQuery {
  GroupPattern where;
  SolutionModifier modifier;
  std::optional<InlineData> values;
};

struct Query {
  Prologue prologue;
  Dataset dataset;
  std::variant<SelectQuery, ConstructQuery, DescribeQuery, AskQuery> form;
};

// ---- updates

// Triples of one graph of a template or of data; no graph: the default one.
struct QuadBlock {
  std::optional<VarOrIri> graph;
  std::vector<TriplePattern> triples;
};

struct GraphTarget {
  enum class Kind : std::uint8_t { default_graph, graph, named, all };
  Kind kind = Kind::default_graph;
  Iri iri;
};

struct LoadOperation {
  bool silent = false;
  Iri source;
  std::optional<Iri> into;
};
struct ClearOperation {  // CLEAR and DROP
  bool drop = false;
  bool silent = false;
  GraphTarget target;
};
struct CreateOperation {
  bool silent = false;
  Iri graph;
};
struct TransferOperation {
  enum class Kind : std::uint8_t { add, move, copy };
  Kind kind = Kind::add;
  bool silent = false;
  GraphTarget from;
  GraphTarget to;
};
struct InsertData {
  std::vector<QuadBlock> quads;
};
struct DeleteData {
  std::vector<QuadBlock> quads;
};
struct ModifyOperation {  // DELETE WHERE too: its pattern is both the template and the WHERE
  std::optional<Iri> with;
  std::vector<QuadBlock> remove;
  std::vector<QuadBlock> insert;
  Dataset dataset;
  GroupPattern where;
};

struct UpdateOperation {
  std::variant<LoadOperation, ClearOperation, CreateOperation, TransferOperation, InsertData, DeleteData, ModifyOperation>
      operation;
  Prologue prologue;  // as it stands at this operation
  Location at;
};

struct Update {
  Prologue prologue;  // as it stands at the end
  std::vector<UpdateOperation> operations;
};

}  // namespace dossier::grammar
