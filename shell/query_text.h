// Pieces of a syntax tree as text again.
//
// Purpose: a command that asks about a part of a query needs that part as a query of its own. Variables with a value are
// written as the value; blank nodes become variables `?b_N`, since they stand for anything. Invariants: the text parses to the
// same pattern. Thread-safety: free functions.
#pragma once

#include <map>
#include <string>

#include "engine/dossier.h"
#include "grammar/ast.h"

namespace dossier::shell {

using Values = std::map<std::string, Term>;  // of variables, without ?

std::string text_of(const grammar::Term& term, const Values& values);
std::string text_of(const grammar::Path& path);
// Precondition: the verb is no search of paths.
std::string text_of(const grammar::Verb& verb, const Values& values);

}  // namespace dossier::shell
