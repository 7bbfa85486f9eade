// Rules 120 to 140: expressions, function calls, aggregates.
#include "grammar/rules.h"

namespace dossier::grammar {

constexpr Rule<struct additive_id> additive{"an expression"};
constexpr Rule<struct unary_id> unary{"an expression"};
constexpr Rule<struct primary_id> primary{"an expression"};
constexpr Rule<struct aggregate_id> aggregate{"an aggregate"};
constexpr Rule<struct arguments_id> arguments{"arguments"};
constexpr Rule<struct fold_id> fold{"an aggregate"};

namespace {

using Kind = Expression::Kind;
template <Kind kKind>
constexpr auto binary = call<&Builder::binary<kKind>>;

const auto brackets = punct("(") > deeper[expression] > punct(")");
const auto variable = token<&Builder::variable>[call<&Builder::expression_term>];

const auto multiplicative = unary >> *((punct("*") > unary)[binary<Kind::multiply>] |
                                       (punct("/") > unary)[binary<Kind::divide>]);

const auto list = (punct("(") > deeper[-(expression >> *(punct(",") > expression))] > punct(")"));

const auto relational =
    additive >>
    -((punct("=") > additive)[binary<Kind::equal>] | (punct("!=") > additive)[binary<Kind::not_equal>] |
      (punct("<=") > additive)[binary<Kind::less_equal>] |
      (punct(">=") > additive)[binary<Kind::greater_equal>] | (punct("<") > additive)[binary<Kind::less>] |
      (punct(">") > additive)[binary<Kind::greater>] |
      (keyword("IN")[call<&Builder::open_in>] > list)[call<&Builder::finish_in>] |
      (keyword("NOT") > keyword("IN")[call<&Builder::open_in>] > list)[call<&Builder::finish_not_in>]);

const auto conjunction = relational[call<&Builder::expression_mark>] >>
                         *(punct("&&") > relational) >> then<&Builder::fold_and>;

const auto distinct = -keyword("DISTINCT")[call<&Builder::call_distinct>];
const auto exists = (keyword("EXISTS") > group)[call<&Builder::finish_exists>] |
                    (keyword("NOT") > keyword("EXISTS") > group)[call<&Builder::finish_not_exists>];
const auto fold_key = ((keyword("ASC") > brackets) | constraint | variable)[call<&Builder::fold_ascending>] |
                      (keyword("DESC") > brackets)[call<&Builder::fold_descending>];
const auto separator = punct(";") > keyword("SEPARATOR") >
                       punct("=") > token<&Builder::string>[call<&Builder::aggregate_separator>];

}  // namespace

const auto expression_def = conjunction[call<&Builder::expression_mark>] >>
                            *(punct("||") > conjunction) >> then<&Builder::fold_or>;

// A signed number behind an operand is an addition or a subtraction (note 4 of the grammar): the sign is read
// as the operator.
const auto additive_def = multiplicative >> *((punct("+") > multiplicative)[binary<Kind::add>] |
                                              (punct("-") > multiplicative)[binary<Kind::subtract>]);

const auto unary_def = (punct("!") > deeper[unary])[call<&Builder::unary<Kind::logical_not>>] | primary |
                       (punct("+") > primary)[call<&Builder::unary<Kind::unary_plus>>] |
                       (punct("-") > primary)[call<&Builder::unary<Kind::unary_minus>>];

const auto arguments_def = punct("(")[call<&Builder::open_function>] > distinct >
                           deeper[-(expression >> *(punct(",") > expression))] > punct(")");

const auto primary_def =
    brackets | variable | literal[call<&Builder::expression_term>] |
    (token<&Builder::iri> >> (arguments[call<&Builder::finish_function>] | then<&Builder::expression_term>)) |
    built_in_call | expression_triple_term[call<&Builder::expression_term>];

const auto aggregate_def =
    (token<&Builder::count_name>[call<&Builder::open_aggregate>] > punct("(") > distinct >
     (punct("*") | deeper[expression]) > punct(")"))[call<&Builder::finish_aggregate>] |
    (token<&Builder::group_concat_name>[call<&Builder::open_aggregate>] > punct("(") > distinct >
     deeper[expression] > -separator > punct(")"))[call<&Builder::finish_aggregate>] |
    (token<&Builder::aggregate_name>[call<&Builder::open_aggregate>] > punct("(") > distinct >
     deeper[expression] > punct(")"))[call<&Builder::finish_aggregate>];

// Not of SPARQL: the SPARQL-CDTs draft.
const auto fold_def =
    (token<&Builder::fold_name>[call<&Builder::open_aggregate>] > punct("(") > distinct >
     deeper[expression > -(punct(",") > expression) > -(keyword("ORDER") > keyword("BY") > +fold_key)] >
     punct(")"))[call<&Builder::finish_aggregate>];

const auto built_in_call_def =
    (token<&Builder::function_name>[call<&Builder::open_call>] > list)[call<&Builder::finish_call>] |
    (token<&Builder::bound_name>[call<&Builder::open_call>] > punct("(") > variable >
     punct(")"))[call<&Builder::finish_call>] |
    aggregate | fold | exists;

const auto function_call_def = (token<&Builder::iri> > arguments)[call<&Builder::finish_function>];

const auto constraint_def = brackets | function_call | built_in_call;

BOOST_SPIRIT_DEFINE(expression, additive, unary, primary, arguments, aggregate, fold, built_in_call,
                    function_call, constraint)
BOOST_SPIRIT_INSTANTIATE(ExpressionRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ConstraintRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(BuiltInCallRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(FunctionCallRule, Iterator, Context)

}  // namespace dossier::grammar
