// Rules 29 to 52: update operations, quads.
#include "grammar/rules.h"

namespace dossier::grammar {

constexpr Rule<struct quads_id> quads{"triples"};
constexpr Rule<struct quad_triples_id> quad_triples{"triples"};
constexpr Rule<struct operation_id> operation{"an update operation"};
constexpr Rule<struct management_id> management{"an update operation"};
constexpr Rule<struct modify_id> modify{"DELETE or INSERT"};
constexpr Rule<struct using_where_id> using_where{"WHERE"};

namespace {

const auto iri = token<&Builder::iri>;
const auto silent = -keyword("SILENT")[call<&Builder::silent>];
const auto graph_ref = (keyword("GRAPH") > iri)[call<&Builder::target_graph>];
const auto graph_or_default =
    keyword("DEFAULT")[call<&Builder::target_default>] | graph_ref | iri[call<&Builder::target_graph>];
const auto graph_ref_all = graph_ref | keyword("DEFAULT")[call<&Builder::target_default>] |
                           keyword("NAMED")[call<&Builder::target_named>] |
                           keyword("ALL")[call<&Builder::target_all>];
const auto transfer = silent > graph_or_default > keyword("TO") > graph_or_default;

const auto load = (keyword("LOAD") > silent > iri > then<&Builder::finish_load> >
                   -(keyword("INTO") > graph_ref)[call<&Builder::load_into>]);

const auto braces = punct("{") > quads > punct("}");
const auto insert_clause = then<&Builder::open_insert_template> >> braces >> then<&Builder::modify_insert>;
const auto delete_clause = then<&Builder::open_delete_template> >> braces >> then<&Builder::modify_remove>;

const auto insert_data =
    keyword("DATA") > then<&Builder::open_data> > braces > then<&Builder::finish_insert_data>;
const auto delete_data =
    keyword("DATA") > then<&Builder::open_delete_data> > braces > then<&Builder::finish_delete_data>;
const auto delete_where =
    keyword("WHERE") > then<&Builder::open_delete_where> > braces > then<&Builder::finish_delete_where>;

const auto delete_then = delete_clause > -(keyword("INSERT") > insert_clause) > using_where;

}  // namespace

const auto quad_triples_def = triples % punct(".") >> -punct(".");

const auto quads_def = -quad_triples >>
                       *(keyword("GRAPH") > var_or_iri > then<&Builder::open_quad_graph> > punct("{") >
                         -quad_triples > punct("}")[call<&Builder::close_quad_graph>] > -punct(".") >
                         -quad_triples);

const auto using_where_def = *(keyword("USING") > ((keyword("NAMED") > iri)[call<&Builder::using_named>] |
                                                   iri[call<&Builder::using_graph>])) >>
                             (x3::eps > keyword("WHERE") > group > then<&Builder::finish_modify>);

const auto management_def = load |
                            (keyword("CLEAR") > silent > graph_ref_all > then<&Builder::finish_clear>) |
                            (keyword("DROP") > silent > graph_ref_all > then<&Builder::finish_drop>) |
                            (keyword("CREATE") > silent > graph_ref > then<&Builder::finish_create>) |
                            (keyword("ADD") > transfer > then<&Builder::finish_add>) |
                            (keyword("MOVE") > transfer > then<&Builder::finish_move>) |
                            (keyword("COPY") > transfer > then<&Builder::finish_copy>);

const auto modify_def =
    (keyword("INSERT") > (insert_data | (insert_clause > using_where))) |
    (keyword("DELETE") > (delete_data | delete_where | delete_then)) |
    (keyword("WITH") > iri[call<&Builder::modify_with>] >
     ((keyword("DELETE") > delete_then) | (keyword("INSERT") > insert_clause > using_where)));

const auto operation_def = token<&Builder::open_operation> >> (management | modify);

const auto update_def = prologue >
                        *(operation > ((punct(";") > prologue) |
                                       &token<&Builder::end_of_text>)) > token<&Builder::end_of_text>;

BOOST_SPIRIT_DEFINE(quads, quad_triples, operation, management, modify, using_where, update)
BOOST_SPIRIT_INSTANTIATE(UpdateRule, Iterator, Context)

}  // namespace dossier::grammar
