// Rules 53 to 69 and UNFOLD: groups and what stands in them, VALUES blocks.
#include "grammar/rules.h"

namespace dossier::grammar {

constexpr Rule<struct triples_block_id> triples_block{"triples"};
constexpr Rule<struct not_triples_id> not_triples{"a pattern"};

namespace {

const auto variable = token<&Builder::variable>;

const auto group_or_union =
    group[call<&Builder::open_branches>] >>
    *(keyword("UNION") > group[call<&Builder::add_branch>]) >> then<&Builder::finish_union>;
const auto optional = (keyword("OPTIONAL") > group)[call<&Builder::finish_optional>];
const auto minus = (keyword("MINUS") > group)[call<&Builder::finish_minus>];
const auto graph = (keyword("GRAPH") > var_or_iri > group)[call<&Builder::finish_graph>];
const auto service =
    (keyword("SERVICE")[call<&Builder::open_service>] > -keyword("SILENT")[call<&Builder::service_silent>] >
     var_or_iri > group)[call<&Builder::finish_service>];
const auto filter = (keyword("FILTER") > constraint)[call<&Builder::finish_filter>];
const auto bind = keyword("BIND") > punct("(") > deeper[expression] > keyword("AS") > variable >
                  punct(")")[call<&Builder::finish_bind>];
// Not of SPARQL: the SPARQL-CDTs draft. No legal query has the word here.
const auto unfold = keyword("UNFOLD") > punct("(") > deeper[expression] > keyword("AS") > variable >
                    ((punct(",") > variable > punct(")")[call<&Builder::finish_unfold_pair>]) |
                     punct(")")[call<&Builder::finish_unfold>]);
const auto values = (keyword("VALUES") > data_block)[call<&Builder::finish_inline_values>];

const auto datum = keyword("UNDEF")[call<&Builder::values_undef>] | data_term[call<&Builder::values_term>];
const auto row = punct("(")[call<&Builder::open_row>] > *datum > punct(")")[call<&Builder::close_row>];

}  // namespace

const auto triples_block_def = triples % punct(".") >> -punct(".");

const auto not_triples_def =
    group_or_union | optional | minus | graph | service | filter | bind | values | unfold;

const auto group_def = deeper[punct("{")[call<&Builder::open_group>] >
                              (sub_select[call<&Builder::finish_subselect>] |
                               (-triples_block >> *(not_triples >> -punct(".") >> -triples_block))) >
                              punct("}")[call<&Builder::close_group>]];

const auto data_block_def = then<&Builder::open_values> >>
                            ((variable[call<&Builder::values_single>] > punct("{") > *datum > punct("}")) |
                             (punct("(") > *variable[call<&Builder::values_variable>] > punct(")") >
                              punct("{") > *row > punct("}")));

BOOST_SPIRIT_DEFINE(triples_block, not_triples, group, data_block)
BOOST_SPIRIT_INSTANTIATE(GroupRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(DataBlockRule, Iterator, Context)

}  // namespace dossier::grammar
