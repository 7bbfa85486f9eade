// Rules 75 to 87 and 97 to 111: triples with their lists, collections, reified triples and annotations. One
// set of rules serves patterns and templates: where paths are not allowed, a verb is a variable or an IRI.
#include "grammar/rules.h"

namespace dossier::grammar {

constexpr Rule<struct property_list_id> property_list{"a property and its object"};
constexpr Rule<struct node_id> node{"a term, a collection or [...]"};
constexpr Rule<struct triples_node_id> triples_node{"a collection or [...]"};
constexpr Rule<struct reified_id> reified{"a reified triple"};
constexpr Rule<struct annotated_object_id> annotated_object{"an object"};

namespace {

const auto variable = token<&Builder::variable>;
const auto iri = token<&Builder::iri>;
const auto blank_node = token<&Builder::blank_label> | token<&Builder::anon>;

const auto verb_here = variable[call<&Builder::verb>] |
                       (when<&Builder::paths_allowed> >> path)[call<&Builder::path_verb>] |
                       (iri | token<&Builder::letter_a>[call<&Builder::push_rdf_type>])[call<&Builder::verb>];

// Names are tried first, so a search's words are words only where no name begins.
const auto object_list = (verb_here > annotated_object > *(punct(",") > annotated_object)) | path_search;

const auto reifier = punct("~") > (variable | iri | blank_node | then<&Builder::push_fresh_blank>);

const auto reified_part = variable | iri | literal | blank_node | triple_term | reified;

const auto list = punct("(")[call<&Builder::open_list>] > deeper[+node] >
                  punct(")")[call<&Builder::close_list>];

const auto blank_list = punct("[")[call<&Builder::open_blank_subject>] > deeper[property_list] >
                        punct("]")[call<&Builder::close_blank_subject>];

}  // namespace

const auto property_list_def = object_list >> *(punct(";") > -object_list);

const auto annotated_object_def = node[call<&Builder::object>] >>
                                  *(reifier[call<&Builder::annotation_reifier>] |
                                    (punct("{|")[call<&Builder::open_annotation>] > deeper[property_list] >
                                     punct("|}")[call<&Builder::close_annotation>]));

const auto reified_def =
    punct("<<")[call<&Builder::mark_start>] >
    deeper[reified_part > verb_term > reified_part > (reifier | then<&Builder::push_fresh_blank>)] >
    punct(">>")[call<&Builder::finish_reified>];

// The tokens [] and () are tried first: they are terms.
const auto node_def =
    variable | iri | literal | blank_node | token<&Builder::nil> | triple_term | reified | triples_node;

const auto triples_node_def = list | blank_list;

// A term alone is no triple; a collection, [...] or a reified triple is.
const auto triples_def = (variable | iri | literal | blank_node | token<&Builder::nil> |
                          triple_term)[call<&Builder::open_subject>] >>
                             (x3::eps > property_list > then<&Builder::close_subject>) |
                         (reified | triples_node)[call<&Builder::open_subject>] >> -property_list
                             >> then<&Builder::close_subject>;

BOOST_SPIRIT_DEFINE(property_list, node, triples_node, reified, annotated_object, triples)
BOOST_SPIRIT_INSTANTIATE(TriplesRule, Iterator, Context)

}  // namespace dossier::grammar
