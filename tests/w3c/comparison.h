// Is an answer the one that a suite expects?
//
// Purpose: solutions as multisets or sequences of rows, by variable name, up to the labels of blank nodes;
// booleans; quads. Terms are compared as terms; a number may also be written another way (rule of the test
// vocabulary: without mf:requires NoCanonicalizationOfNumerics a result stands for its values), but keeps its
// datatype. Each function returns what differs, empty when nothing does. Thread-safety: free functions.
#pragma once

#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/io/result_reader.h"

namespace dossier::w3c {

enum class Cardinality { exact, lax };
enum class Order { free, fixed };

std::string compare_results(const ResultTable& expected, const ResultTable& given, Order order,
                            Cardinality cardinality = Cardinality::exact);
std::string compare_quads(const std::vector<Quad>& expected, const std::vector<Quad>& given);

}  // namespace dossier::w3c
