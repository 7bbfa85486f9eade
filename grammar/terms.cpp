// Rules 104 to 119 and 141 to 151: terms, triple terms, literals.
#include "grammar/rules.h"

namespace dossier::grammar {
namespace {

const auto variable = token<&Builder::variable>;
const auto iri = token<&Builder::iri>;
const auto rdf_type = token<&Builder::letter_a>[call<&Builder::push_rdf_type>];
const auto blank_node = token<&Builder::blank_label> | token<&Builder::anon>;
const auto open = punct("<<(")[call<&Builder::mark_start>];
const auto close = punct(")>>")[call<&Builder::finish_triple_term>];

// What may stand inside a triple term of a pattern or of data.
const auto inner_term = variable | iri | literal | blank_node | triple_term;

}  // namespace

const auto var_or_iri_def = variable | iri;

const auto literal_def = token<&Builder::number> | token<&Builder::boolean> |
                         (token<&Builder::string> >>
                          (token<&Builder::language> | (punct("^^") > iri)[call<&Builder::typed_literal>] |
                           then<&Builder::finish_literal>));

const auto term_def = variable | iri | literal | blank_node | token<&Builder::nil> | triple_term;

const auto verb_term_def = variable | iri | rdf_type;

const auto triple_term_def = deeper[open > inner_term > verb_term > inner_term > close];

const auto data_term_def = iri | literal | deeper[open > iri > (iri | rdf_type) > data_term > close];

const auto expression_triple_term_def =
    deeper[open > var_or_iri > verb_term > (variable | iri | literal | expression_triple_term) > close];

BOOST_SPIRIT_DEFINE(var_or_iri, literal, term, verb_term, triple_term, data_term, expression_triple_term)
BOOST_SPIRIT_INSTANTIATE(VarOrIriRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(LiteralRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(TermRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(VerbTermRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(TripleTermRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(DataTermRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(ExpressionTripleTermRule, Iterator, Context)

}  // namespace dossier::grammar
