// A store as it ought to be: a set of quads. For the model test.
//
// Purpose: what each call of the API does to the quads, in the plainest way; and random terms and quads, of
// few enough kinds that they meet each other. Quads are told apart by key_of: N-Quads with language tags in
// lower case. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "engine/dossier.h"

namespace dossier::test {

std::string key_of(const Term& term);
std::string key_of(const Quad& quad);

using QuadModel = std::map<std::string, Quad>;
using Random = std::mt19937_64;

// Is there a blank node in it, also inside of a triple term?
bool has_blank(const Quad& quad);

inline constexpr int kGraphs = 3;  // named ones
Term e(const std::string& name);   // <http://e/name>
Term graph(int number);
Term random_iri(Random& random);
Term random_literal(Random& random);
// A term for a place that takes any; triple terms up to two levels deep.
Term random_object(Random& random, int depth = 0);
// `model` gives subjects, objects and whole quads that are there already, blank nodes among them.
Quad random_quad(Random& random, const QuadModel& model);
// The same without any blank node, so that it can be written into an update.
Quad random_ground_quad(Random& random, const QuadModel& model);

// A pattern as 16 combinations of bound places: bit 0 the subject, 1 the predicate, 2 the object, 3 the
// graph.
bool matches(const Quad& quad, const Quad& like, unsigned bound);
// Takes out what `which` says.
void remove_where(QuadModel& model, const std::function<bool(const Quad&)>& which);

}  // namespace dossier::test
