// Estimates of a plan beside what came.
//
// Purpose: the q-error of each join that ran to its end: estimate over truth or truth over estimate,
// whichever is above 1. Thread-safety: free functions. Source: G. Moerkotte, T. Neumann, G. Steidl,
// Preventing bad plans by bounding the impact of cardinality estimation errors (2009).
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "engine/dossier.h"

namespace dossier::bench {

struct JoinError {
  double error = 1;
  std::string text;
};

inline void collect_errors(const PlanStep& step, const std::string& query, std::vector<JoinError>& errors) {
  if (step.ended && step.name.find("join") != std::string::npos) {
    const double estimated = std::max(1.0, step.estimated_rows);
    const double rows = std::max(1.0, static_cast<double>(step.rows));
    errors.push_back({std::max(estimated / rows, rows / estimated),
                      fmt::format("{}: {} {}, estimated {:.0f}, came {}", query, step.name, step.details,
                                  step.estimated_rows, step.rows)});
  }
  for (const PlanStep& input : step.inputs) collect_errors(input, query, errors);
}

// Worst first. Sorts them; a line.
inline std::string summary(std::vector<JoinError>& errors) {
  if (errors.empty()) return "no join ran to its end";
  std::stable_sort(errors.begin(), errors.end(),
                   [](const JoinError& a, const JoinError& b) { return a.error > b.error; });
  const auto quantile = [&](double part) {
    return errors[static_cast<std::size_t>((1 - part) * static_cast<double>(errors.size() - 1) + 0.5)].error;
  };
  return fmt::format("q-error of {} joins: median {:.2f}, 90 % {:.2f}, 95 % {:.2f}, worst {:.2f}",
                     errors.size(), quantile(0.5), quantile(0.9), quantile(0.95), errors[0].error);
}

}  // namespace dossier::bench
