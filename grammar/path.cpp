// Rules 88 to 96: property paths; and how often a step is repeated, {2,5}, which is not of SPARQL. No legal query has a
// brace behind a path.
#include "grammar/rules.h"

namespace dossier::grammar {

constexpr Rule<struct path_element_id> path_element{"a path step"};
constexpr Rule<struct path_negated_id> path_negated{"a negated property set"};

namespace {
const auto step_iri = token<&Builder::iri> | token<&Builder::letter_a>[call<&Builder::push_rdf_type>];
const auto one_excluded =
    (punct("^") > step_iri)[call<&Builder::path_excluded_inverse>] | step_iri[call<&Builder::path_excluded>];
const auto sequence = path_element[call<&Builder::path_mark>] >>
                      *(punct("/") > path_element) >> then<&Builder::path_fold_sequence>;
}  // namespace

const auto path_def = sequence[call<&Builder::path_mark>] >>
                      *(punct("|") > sequence) >> then<&Builder::path_fold_alternative>;

const auto path_negated_def = punct("!")[call<&Builder::path_open_negated>] >
                              (one_excluded |
                               (punct("(") > -(one_excluded >> *(punct("|") > one_excluded)) > punct(")")));

namespace {
const auto primary =
    step_iri[call<&Builder::path_link>] | path_negated | (punct("(") > deeper[path] > token<&Builder::path_end>);
const auto modified = primary >> -repetition;
}  // namespace

namespace {
const auto count = token<&Builder::path_count>;
const auto counts =
    punct("{")[call<&Builder::path_open_counts>] >
    ((punct(",") > count[call<&Builder::path_most>]) |
     (count[call<&Builder::path_least>] >
      -(punct(",")[call<&Builder::path_no_most>] > -count[call<&Builder::path_most>]))) >
    punct("}")[call<&Builder::path_repeat>];
}  // namespace

const auto repetition_def = token<&Builder::path_question>[call<&Builder::path_optional>] |
                            punct("*")[call<&Builder::path_star>] |
                            token<&Builder::path_plus_sign>[call<&Builder::path_plus>] | counts;

const auto path_element_def = (punct("^") > modified)[call<&Builder::path_inverse>] | modified;

BOOST_SPIRIT_DEFINE(path, path_element, path_negated, repetition)
BOOST_SPIRIT_INSTANTIATE(PathRule, Iterator, Context)
BOOST_SPIRIT_INSTANTIATE(RepetitionRule, Iterator, Context)

}  // namespace dossier::grammar
