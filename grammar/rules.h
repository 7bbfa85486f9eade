// The rules of the SPARQL 1.2 grammar and the small parsers they are made of.
//
// Purpose: declares every rule that crosses a file, so that each file of rules stays a small translation
// unit. Invariants: rules have no attribute; one iterator type and one context type; `>` follows the first
// token of every alternative, so nothing is read twice and no action is undone. A rule that can contain
// itself passes through `deeper`. Thread-safety: the rules are constants. Source: shared names of SPARQL 1.2
// Query Language section 19.8.
#pragma once

#include <boost/spirit/home/x3.hpp>

#include "grammar/builder.h"

namespace dossier::grammar {

namespace x3 = boost::spirit::x3;

struct builder_tag;
using Context = x3::context<builder_tag, Builder>;

// A fixed token: punctuation, or a keyword with a boundary behind it.
template <bool (Builder::*kScan)(Iterator&, char const*)>
struct FixedToken : x3::parser<FixedToken<kScan>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  explicit constexpr FixedToken(char const* fixed) : text(fixed) {}
  template <typename Attribute>
  bool parse(Iterator& first, Iterator const&, Context const& context, x3::unused_type, Attribute&) const {
    return (x3::get<builder_tag>(context).*kScan)(first, text);
  }
  char const* text;
};

// A token that Builder scans.
template <bool (Builder::*kScan)(Iterator&)>
struct Token : x3::parser<Token<kScan>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  template <typename Attribute>
  bool parse(Iterator& first, Iterator const&, Context const& context, x3::unused_type, Attribute&) const {
    return (x3::get<builder_tag>(context).*kScan)(first);
  }
};

// deeper[p] is p one level deeper; the level is bounded by kMaxDepth.
template <typename Subject>
struct Deeper : x3::unary_parser<Subject, Deeper<Subject>> {
  using base_type = x3::unary_parser<Subject, Deeper<Subject>>;
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  explicit constexpr Deeper(Subject const& inner) : base_type(inner) {}
  template <typename Attribute>
  bool parse(Iterator& first, Iterator const& last, Context const& context, x3::unused_type,
             Attribute& attribute) const {
    struct Level {
      explicit Level(Builder& owner) : builder(owner) { builder.enter(); }
      ~Level() { builder.leave(); }
      Level(const Level&) = delete;
      Level& operator=(const Level&) = delete;
      Builder& builder;
    } const level(x3::get<builder_tag>(context));
    return this->subject.parse(first, last, context, x3::unused, attribute);
  }
};
struct DeeperDirective {
  template <typename Subject>
  constexpr auto operator[](Subject const& subject) const {
    return Deeper<typename x3::extension::as_parser<Subject>::value_type>(x3::as_parser(subject));
  }
};
inline constexpr DeeperDirective deeper{};

// Succeeds where the predicate of Builder holds.
template <bool (Builder::*kTest)() const>
struct When : x3::parser<When<kTest>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  template <typename Attribute>
  bool parse(Iterator&, Iterator const&, Context const& context, x3::unused_type, Attribute&) const {
    return (x3::get<builder_tag>(context).*kTest)();
  }
};

inline constexpr auto punct(char const* text) {
  return FixedToken<&Builder::punct>(text);
}
inline constexpr auto keyword(char const* text) {
  return FixedToken<&Builder::keyword>(text);
}
template <bool (Builder::*kScan)(Iterator&)>
inline constexpr Token<kScan> token{};
template <bool (Builder::*kTest)() const>
inline constexpr When<kTest> when{};

// The semantic action that calls a member of Builder.
template <void (Builder::*kMember)()>
struct Call {
  template <typename AnyContext>
  void operator()(AnyContext const& context) const {
    (x3::get<builder_tag>(context).*kMember)();
  }
};
template <void (Builder::*kMember)()>
inline constexpr Call<kMember> call{};
// The same without a parser before it.
template <void (Builder::*kMember)()>
struct Then : x3::parser<Then<kMember>> {
  using attribute_type = x3::unused_type;
  static constexpr bool has_attribute = false;
  template <typename Attribute>
  bool parse(Iterator&, Iterator const&, Context const& context, x3::unused_type, Attribute&) const {
    (x3::get<builder_tag>(context).*kMember)();
    return true;
  }
};
template <void (Builder::*kMember)()>
inline constexpr Then<kMember> then{};

template <typename Id>
using Rule = x3::rule<Id>;

// terms.cpp
using VarOrIriRule = Rule<struct var_or_iri_id>;
using LiteralRule = Rule<struct literal_id>;
using TermRule = Rule<struct term_id>;
using TripleTermRule = Rule<struct triple_term_id>;
using DataTermRule = Rule<struct data_term_id>;
using ExpressionTripleTermRule = Rule<struct expression_triple_term_id>;
using VerbTermRule = Rule<struct verb_term_id>;
inline constexpr VarOrIriRule var_or_iri{"a variable or an IRI"};
inline constexpr LiteralRule literal{"a literal"};
inline constexpr TermRule term{"a term"};
inline constexpr TripleTermRule triple_term{"a triple term"};
inline constexpr DataTermRule data_term{"an IRI, a literal or a triple term"};
inline constexpr ExpressionTripleTermRule expression_triple_term{"a triple term"};
inline constexpr VerbTermRule verb_term{"a variable, an IRI or 'a'"};
BOOST_SPIRIT_DECLARE(VarOrIriRule, LiteralRule, TermRule, TripleTermRule, DataTermRule,
                     ExpressionTripleTermRule, VerbTermRule)

// path.cpp
using PathRule = Rule<struct path_id>;
using RepetitionRule = Rule<struct repetition_id>;
inline constexpr PathRule path{"a property path"};
inline constexpr RepetitionRule repetition{"how often"};  // of the path read last
BOOST_SPIRIT_DECLARE(PathRule, RepetitionRule)

// path_search.cpp
using PathSearchRule = Rule<struct path_search_id>;
inline constexpr PathSearchRule path_search{"a path search"};
BOOST_SPIRIT_DECLARE(PathSearchRule)

// expression.cpp
using ExpressionRule = Rule<struct expression_id>;
using ConstraintRule = Rule<struct constraint_id>;
using BuiltInCallRule = Rule<struct built_in_call_id>;
using FunctionCallRule = Rule<struct function_call_id>;
inline constexpr ExpressionRule expression{"an expression"};
inline constexpr ConstraintRule constraint{"a condition"};
inline constexpr BuiltInCallRule built_in_call{"a function"};
inline constexpr FunctionCallRule function_call{"a function call"};
BOOST_SPIRIT_DECLARE(ExpressionRule, ConstraintRule, BuiltInCallRule, FunctionCallRule)

// triples.cpp
using TriplesRule = Rule<struct triples_id>;
inline constexpr TriplesRule triples{"triples"};
BOOST_SPIRIT_DECLARE(TriplesRule)

// pattern.cpp
using GroupRule = Rule<struct group_id>;
using DataBlockRule = Rule<struct data_block_id>;
inline constexpr GroupRule group{"a group in braces"};
inline constexpr DataBlockRule data_block{"a block of data"};
BOOST_SPIRIT_DECLARE(GroupRule, DataBlockRule)

// query.cpp
using PrologueRule = Rule<struct prologue_id>;
using SubSelectRule = Rule<struct sub_select_id>;
using QueryRule = Rule<struct query_id>;
inline constexpr PrologueRule prologue{"a prologue"};
inline constexpr SubSelectRule sub_select{"a sub-select"};
inline constexpr QueryRule query{"a query"};
BOOST_SPIRIT_DECLARE(PrologueRule, SubSelectRule, QueryRule)

// update.cpp
using UpdateRule = Rule<struct update_id>;
inline constexpr UpdateRule update{"an update"};
BOOST_SPIRIT_DECLARE(UpdateRule)

}  // namespace dossier::grammar
