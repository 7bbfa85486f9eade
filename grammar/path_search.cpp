// Paths as values: a search in the verb's place, `?a ANY SHORTEST ((:p|^:q)+ AS ?path, ?length) ?b`. It is
// not of SPARQL, which has no word but `a` in that place; names are tried before the words, so `all:p` stays
// a name.
#include "grammar/rules.h"

namespace dossier::grammar {

namespace {

const auto variable = token<&Builder::variable>;

const auto mode = keyword("WALK")[call<&Builder::search_mode<PathSearch::Mode::walk>>] |
                  keyword("TRAIL")[call<&Builder::search_mode<PathSearch::Mode::trail>>] |
                  keyword("ACYCLIC")[call<&Builder::search_mode<PathSearch::Mode::acyclic>>] |
                  keyword("SIMPLE")[call<&Builder::search_mode<PathSearch::Mode::simple>>];
const auto count = token<&Builder::integer>[call<&Builder::search_count>];
const auto groups = keyword("GROUPS")[call<&Builder::search_selector<PathSearch::Selector::groups>>];

const auto all = keyword("ALL") >>
                 -keyword("SHORTEST")[call<&Builder::search_selector<PathSearch::Selector::groups>>] >> -mode;
const auto any = keyword("ANY")[call<&Builder::search_selector<PathSearch::Selector::any>>] >>
                 -(keyword("SHORTEST")[call<&Builder::search_selector<PathSearch::Selector::any_shortest>>] |
                   count) >>
                 -mode;
const auto shortest = keyword("SHORTEST")[call<&Builder::search_selector<PathSearch::Selector::shortest>>] >
                      count > -((groups >> -mode) | (mode >> -groups));

const auto cheapest =
    keyword("CHEAPEST")[call<&Builder::search_selector<PathSearch::Selector::cheapest>>] >> -count >> -mode;

const auto via = keyword("VIA") > variable > variable[call<&Builder::via_ends>] >
                 group[call<&Builder::via_pattern>] > -repetition >
                 -(keyword("ASC") > variable[call<&Builder::via_ascending>]) >
                 -(keyword("COST") > variable[call<&Builder::via_cost>]);

const auto output = variable[call<&Builder::search_output>];
const auto outputs = output > -(punct(",") > output > -(punct(",") > output));
const auto one_object = variable | token<&Builder::iri> | literal | token<&Builder::blank_label> |
                        token<&Builder::anon> | token<&Builder::nil> | triple_term;

}  // namespace

const auto path_search_def =
    token<&Builder::search_word>[call<&Builder::open_search>] > (all | any | shortest | cheapest | mode) >
    punct("(") > deeper[(path | via) > then<&Builder::search_step> > keyword("AS") > outputs] >
    punct(")") > one_object[call<&Builder::finish_search>] > token<&Builder::search_end>;

BOOST_SPIRIT_DEFINE(path_search)
BOOST_SPIRIT_INSTANTIATE(PathSearchRule, Iterator, Context)

}  // namespace dossier::grammar
