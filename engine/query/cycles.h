// Patterns of a join group that form cycles, and what it costs to join each cycle variable by variable.
//
// Purpose: finds the cycles for leapfrog.h. A variable that only one other one is connected with stands in no
// cycle; taking such variables away again and again leaves the cycles and what lies between them.
// Thread-safety: free functions on values.
#pragma once

#include <vector>

#include "engine/query/batch.h"
#include "engine/query/join_order.h"

namespace dossier {

// A pattern with a constant predicate between two different variables.
struct EdgePattern {
  Variable subject = 0;
  Variable object = 0;
  double rows = 0;
  double subjects = 1;  // distinct
  double objects = 1;
};

struct Cycle {
  std::vector<std::size_t> patterns;  // places among those given
  Schema order;                       // of its variables
  double rows = 0;                    // estimated
  double cost = 0;                    // in steps: an element of a list looked at
};

// Those of three or more variables; no two share a variable.
std::vector<Cycle> find_cycles(const std::vector<EdgePattern>& patterns);

// The most rows that a step of the order can make, as far as keys tell: a row joined by a value that it alone
// has comes at most once into each row of the other side. Infinity where neither side has such a key.
double rows_bound(const JoinOrder& order, const std::vector<JoinInput>& inputs);

}  // namespace dossier
