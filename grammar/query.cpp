// Rules 1 to 28: prologue, query forms, solution modifiers.
#include "grammar/rules.h"

namespace dossier::grammar {

constexpr Rule<struct select_clause_id> select_clause{"a SELECT clause"};
constexpr Rule<struct modifier_id> modifier{"a solution modifier"};
constexpr Rule<struct dataset_id> dataset{"FROM"};
constexpr Rule<struct template_id> construct_template{"a template in braces"};
constexpr Rule<struct template_triples_id> template_triples{"triples"};
constexpr Rule<struct construct_id> construct{"CONSTRUCT"};

namespace {

const auto variable = token<&Builder::variable>;
const auto iri = token<&Builder::iri>;

const auto as_variable = keyword("AS") > variable;

const auto base = keyword("BASE") > token<&Builder::iri_reference>[call<&Builder::set_base>];
const auto prefix = keyword("PREFIX") > token<&Builder::prefix_label> >
                    token<&Builder::iri_reference>[call<&Builder::declare_prefix>];
const auto version = keyword("VERSION") > token<&Builder::short_string>[call<&Builder::set_version>];

const auto projection =
    variable[call<&Builder::select_variable>] |
    (punct("(") > deeper[expression] > as_variable > punct(")"))[call<&Builder::select_expression>];

const auto where = (-keyword("WHERE") >> group)[call<&Builder::select_where>];

const auto group_condition = variable[call<&Builder::expression_term>][call<&Builder::group_by>] |
                             (punct("(") > deeper[expression] > then<&Builder::group_by> >
                              -as_variable[call<&Builder::group_by_as>] > punct(")")) |
                             function_call[call<&Builder::group_by>] |
                             built_in_call[call<&Builder::group_by>];

const auto bracketted = punct("(") > deeper[expression] > punct(")");
const auto order_condition = ((keyword("ASC") > bracketted) | constraint |
                              variable[call<&Builder::expression_term>])[call<&Builder::order_by>] |
                             (keyword("DESC") > bracketted)[call<&Builder::order_by_descending>];

const auto limit = keyword("LIMIT") > token<&Builder::integer>[call<&Builder::limit>];
const auto offset = keyword("OFFSET") > token<&Builder::integer>[call<&Builder::offset>];

const auto query_values = -(keyword("VALUES") > data_block)[call<&Builder::query_values>];

const auto select = select_clause >> (x3::eps > *dataset > where > modifier > query_values);
const auto describe = keyword("DESCRIBE") > (punct("*")[call<&Builder::describe_star>] |
                                             +var_or_iri[call<&Builder::describe_term>]) > *dataset
                      > -(-keyword("WHERE") >> group)[call<&Builder::optional_where>] > modifier
                      > query_values;
const auto ask = keyword("ASK") > *dataset > where > modifier > query_values;

}  // namespace

const auto prologue_def = *(base | prefix | version);

const auto dataset_def = keyword("FROM") >
                         ((keyword("NAMED") > iri)[call<&Builder::from_named>] | iri[call<&Builder::from>]);

const auto select_clause_def =
    keyword("SELECT") >
    -(keyword("DISTINCT")[call<&Builder::select_distinct>] |
      keyword("REDUCED")[call<&Builder::select_reduced>]) > then<&Builder::allow_aggregates> >
    (punct("*")[call<&Builder::select_star>] | +projection) > then<&Builder::forbid_aggregates>;

const auto modifier_def = -(keyword("GROUP") > keyword("BY") > +group_condition) >>
                          -(keyword("HAVING") > then<&Builder::allow_aggregates_in_modifier> >
                            +constraint[call<&Builder::having>] > then<&Builder::forbid_aggregates>) >>
                          -(keyword("ORDER") > keyword("BY") > then<&Builder::allow_aggregates_in_modifier> >
                            +order_condition > then<&Builder::forbid_aggregates>) >>
                          -((limit >> -offset) | (offset >> -limit));

const auto template_triples_def = triples % punct(".") >> -punct(".");

const auto construct_template_def = punct("{")[call<&Builder::open_template>] > -template_triples >
                                    punct("}")[call<&Builder::close_template>];

const auto construct_def = keyword("CONSTRUCT") > ((construct_template > *dataset > where) |
                                                   (*dataset >> keyword("WHERE") > construct_template >
                                                    then<&Builder::construct_short>)) > modifier
                           > query_values;

const auto sub_select_def = (&keyword("SELECT") >> then<&Builder::open_query>) >> select_clause >>
                            (x3::eps > where > modifier > query_values);

const auto query_def = then<&Builder::open_query> > prologue >
                       (select[call<&Builder::finish_select>] | construct[call<&Builder::finish_construct>] |
                        describe[call<&Builder::finish_describe>] |
                        ask[call<&Builder::finish_ask>]) > token<&Builder::end_of_text>;

BOOST_SPIRIT_DEFINE(prologue, dataset, select_clause, modifier, template_triples, construct_template,
                    construct, sub_select, query)
BOOST_SPIRIT_INSTANTIATE(PrologueRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(SubSelectRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(QueryRule, Iterator, Context)

}  // namespace dossier::grammar
