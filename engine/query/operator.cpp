#include "engine/query/operator.h"

#include <fmt/format.h>

#include <algorithm>

namespace dossier {

bool Operator::next(Batch& batch) {
  if (ended_) return false;
  working_ = true;
  context_.check();
  const auto start = std::chrono::steady_clock::now();
  batch.reset(schema_.size());
  bool more = produce(batch);
  while (more && batch.rows == 0) {
    context_.check();
    batch.reset(schema_.size());
    more = produce(batch);
  }
  time_ += std::chrono::steady_clock::now() - start;
  if (children_.empty()) context_.count_scanned(batch.rows);
  if (weight_ < 0)
    rows_ += batch.rows;
  else
    for (std::size_t row = 0; row < batch.rows; ++row)
      rows_ += batch.columns[static_cast<std::size_t>(weight_)][row].bits;
  if (!more) ended_ = true;
  working_ = false;
  return more;
}

bool Operator::rewind() {
  for (const auto& child : children_)
    if (!child->rewind()) return false;
  if (!restart()) return false;
  scan_counters_ = {};
  rows_ = 0;
  time_ = {};
  ended_ = false;
  working_ = false;
  return true;
}

const Operator& Operator::at_work() const {
  for (const auto& child : children_)
    if (child->working_) return child->at_work();
  return *this;
}

void Operator::absorb(const Operator& copy) {
  rows_ += copy.rows_;
  time_ += copy.time_;
  scan_counters_.rows += copy.scan_counters_.rows;
  scan_counters_.blocks += copy.scan_counters_.blocks;
  scan_counters_.seeks += copy.scan_counters_.seeks;
  for (std::size_t i = 0; i < std::min(children_.size(), copy.children_.size()); ++i)
    children_[i]->absorb(*copy.children_[i]);
}

Operator& Operator::add_child(std::unique_ptr<Operator> child) {
  depth_ = std::max(depth_, child->depth_ + 1);
  if (depth_ > kMaxPlanDepth) too_deep();
  children_.push_back(std::move(child));
  return *children_.back();
}

void Operator::set_sorted_as(const Operator& input) {
  Schema sorted;
  for (Variable variable : input.sorted_by()) {
    if (column(variable) < 0) break;
    sorted.push_back(variable);
  }
  set_sorted_by(std::move(sorted));
}

int Operator::column(Variable variable) const {
  const auto it = std::find(schema_.begin(), schema_.end(), variable);
  return it == schema_.end() ? -1 : static_cast<int>(it - schema_.begin());
}

std::vector<const Operator*> Operator::children() const {
  std::vector<const Operator*> result;
  for (const auto& child : children_) result.push_back(child.get());
  return result;
}

std::string variable_list(const Schema& schema, const VariableTable& names) {
  std::string text;
  for (Variable variable : schema) {
    if (variable == kWeight) continue;
    if (!text.empty()) text += ' ';
    text += '?';
    text += names.name(variable);
  }
  return text;
}

namespace {

void explain_node(const Operator& node, const VariableTable& names, bool analyze, int depth,
                  std::string& out) {
  out.append(static_cast<std::size_t>(depth) * 2, ' ');
  out += node.name();
  if (const std::string details = node.details(names); !details.empty()) out += " " + details;
  if (!node.sorted_by().empty()) out += " sorted by " + variable_list(node.sorted_by(), names);
  out += fmt::format("  (estimated rows {:.0f}", node.estimated_rows());
  if (analyze) {
    out +=
        fmt::format(", rows {}, time {:.3f} ms", node.rows(), static_cast<double>(node.time().count()) / 1e6);
    const ScanCounters& work = node.scan_counters();
    if (work.rows + work.blocks + work.seeks != 0)
      out += fmt::format(", scanned {}, blocks {}, seeks {}", work.rows, work.blocks, work.seeks);
  }
  out += ")\n";
  for (const Operator* child : node.children()) explain_node(*child, names, analyze, depth + 1, out);
}

}  // namespace

std::string explain_plan(const Operator& root, const VariableTable& names, bool analyze) {
  std::string out;
  explain_node(root, names, analyze, 0, out);
  return out;
}

PlanStep plan_steps(const Operator& root, const VariableTable& names) {
  PlanStep step;
  step.name = root.name();
  step.details = root.details(names);
  step.estimated_rows = root.estimated_rows();
  step.rows = root.rows();
  step.ended = root.ended();
  step.scanned_rows = root.scan_counters().rows;
  step.blocks = root.scan_counters().blocks;
  step.seeks = root.scan_counters().seeks;
  step.time = root.time();
  for (const Operator* child : root.children()) step.inputs.push_back(plan_steps(*child, names));
  return step;
}

}  // namespace dossier
