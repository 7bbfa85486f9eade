#include "engine/query/operator.h"

#include <fmt/format.h>

#include <algorithm>

namespace dossier {

bool Operator::next(Batch& batch) {
  if (ended_) return false;
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
  rows_ += batch.rows;
  if (!more) ended_ = true;
  return more;
}

Operator& Operator::add_child(std::unique_ptr<Operator> child) {
  depth_ = std::max(depth_, child->depth_ + 1);
  if (depth_ > kMaxPlanDepth) too_deep();
  children_.push_back(std::move(child));
  return *children_.back();
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

// ---- RowTable

void RowTable::account() {
  std::size_t bytes = 0;
  for (const auto& column : columns_) bytes += column.capacity() * sizeof(Id);
  if (bytes != accounted_) reservation_.resize(accounted_ = bytes);
}

void RowTable::append(const Batch& batch) {
  // The room is taken from the budget before it is used.
  for (auto& column : columns_)
    if (column.capacity() < rows_ + batch.rows) {
      const std::size_t wanted = std::max(rows_ + batch.rows, column.capacity() * 2);
      reservation_.resize(accounted_ += (wanted - column.capacity()) * sizeof(Id));
      column.reserve(wanted);
    }
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i].insert(columns_[i].end(), batch.columns[i].begin(),
                       batch.columns[i].begin() + static_cast<std::ptrdiff_t>(batch.rows));
  rows_ += batch.rows;
  account();
}

void RowTable::append_row(const Batch& batch, std::size_t row) {
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].push_back(batch.columns[i][row]);
  if ((++rows_ & 1023) == 0) account();
}

void RowTable::append_ids(const Id* ids) {
  for (std::size_t i = 0; i < columns_.size(); ++i) columns_[i].push_back(ids[i]);
  if ((++rows_ & 1023) == 0) account();
}

void RowTable::copy(std::size_t from, std::size_t count, Batch& batch) const {
  for (std::size_t i = 0; i < columns_.size(); ++i)
    std::copy_n(columns_[i].begin() + static_cast<std::ptrdiff_t>(from), count, batch.columns[i].begin());
  batch.rows = count;
}

void RowTable::clear() {
  for (auto& column : columns_) column.clear();
  rows_ = 0;
}

// ---- RowIndex

void RowIndex::build(const RowTable& table, const std::vector<int>& key_columns) {
  std::size_t size = 16;
  while (size < table.rows() * 2) size *= 2;
  reservation_.resize((size + table.rows()) * sizeof(std::uint32_t));
  mask_ = size - 1;
  heads_.assign(size, kNone);
  links_.resize(table.rows());
  // Backwards, so that a chain gives the rows in their order.
  for (std::size_t row = table.rows(); row-- > 0;) {
    std::uint64_t hash = 0;
    for (int column : key_columns) hash = combine_hash(hash, table.at(static_cast<std::size_t>(column), row));
    std::uint32_t& head = heads_[hash & mask_];
    links_[row] = head;
    head = static_cast<std::uint32_t>(row);
  }
}

// ---- TupleSet

TupleSet::TupleSet(QueryContext& context, std::size_t width, const char* what)
    : width_(width), slots_(64), reservation_(context.budget(), what) {}

std::uint64_t TupleSet::hash(const Id* tuple) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < width_; ++i) hash = combine_hash(hash, tuple[i]);
  return hash;
}

std::uint32_t TupleSet::insert(const Id* tuple, bool& added) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = hash(tuple) & mask;
  while (slots_[slot] != 0) {
    const std::uint32_t number = slots_[slot] - 1;
    if (std::equal(tuple, tuple + width_, this->tuple(number))) {
      added = false;
      return number;
    }
    slot = (slot + 1) & mask;
  }
  added = true;
  tuples_.insert(tuples_.end(), tuple, tuple + width_);
  slots_[slot] = static_cast<std::uint32_t>(++size_);
  const std::size_t bytes = tuples_.capacity() * sizeof(Id) + slots_.capacity() * sizeof(std::uint32_t);
  if (bytes != accounted_) reservation_.resize(accounted_ = bytes);
  if (size_ * 2 > slots_.size()) grow();
  return static_cast<std::uint32_t>(size_ - 1);
}

bool TupleSet::contains(const Id* tuple) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash(tuple) & mask; slots_[slot] != 0; slot = (slot + 1) & mask)
    if (std::equal(tuple, tuple + width_, this->tuple(slots_[slot] - 1))) return true;
  return false;
}

void TupleSet::grow() {
  reservation_.add(slots_.size() * sizeof(std::uint32_t));
  accounted_ += slots_.size() * sizeof(std::uint32_t);
  slots_.assign(slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t number = 0; number < size_; ++number) {
    std::size_t slot = hash(tuple(number)) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = number + 1;
  }
}

}  // namespace dossier
