// Runs one test of a suite in this process, through the public API and the readers of the engine.
//
// Purpose: one function that says what is wrong. Answers of queries with an expected file in JSON, XML, CSV
// or TSV take the whole way: written in that format, read again, compared. Documents that are read are also
// written in every format that holds them, and must come back the same. Thread-safety: a free function; tests
// do not share anything.
#pragma once

#include <string>

#include "tests/w3c/manifest.h"

namespace dossier::w3c {

// Empty when the test passed, else what went wrong.
std::string run(const W3cTest& test);

}  // namespace dossier::w3c
