#include "engine/query/row_table.h"

#include <algorithm>
#include <array>

namespace dossier {

// ---- RowTable

void RowTable::account() {
  std::size_t bytes = 0;
  for (const auto& column : columns_) bytes += column.capacity() * sizeof(Id);
  if (bytes != accounted_) reservation_.resize(accounted_ = bytes);
}

void RowTable::append(const Batch& batch) {
  append_rows(batch, 0, batch.rows);
}

void RowTable::append_rows(const Batch& batch, std::size_t from, std::size_t count) {
  // The room is taken from the budget before it is used.
  for (auto& column : columns_)
    if (column.capacity() < rows_ + count) {
      const std::size_t wanted = std::max(rows_ + count, column.capacity() * 2);
      reservation_.resize(accounted_ += (wanted - column.capacity()) * sizeof(Id));
      column.reserve(wanted);
    }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto first = batch.columns[i].begin() + static_cast<std::ptrdiff_t>(from);
    columns_[i].insert(columns_[i].end(), first, first + static_cast<std::ptrdiff_t>(count));
  }
  rows_ += count;
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

// ---- TupleSet

namespace {

constexpr std::size_t kAhead = 32;  // tuples hashed, and their slots fetched, before the first is looked up
constexpr std::size_t kFreePages = 32;      // pages that need no reason
constexpr std::size_t kTuplesPerPage = 32;  // those beyond pay for themselves from so many tuples each on
constexpr std::uint64_t kMaxDirect = std::uint64_t{1} << 32;

constexpr int kFirstSlotBits = 6;

}  // namespace

TupleSet::TupleSet(QueryContext& context, std::size_t width, const char* what, double expected)
    : width_(width),
      direct_(width == 1),
      slots_(std::size_t{1} << kFirstSlotBits),
      shift_(32 - kFirstSlotBits),
      expected_(static_cast<std::size_t>(std::clamp(expected, 0.0, 1e9))),
      reservation_(context.budget(), what) {}

std::uint32_t TupleSet::hash(const Id* tuple) const {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < width_; ++i) hash = combine_hash(hash, tuple[i]);
  return static_cast<std::uint32_t>(hash >> 32);
}

void TupleSet::account() {
  const std::size_t bytes = tuples_.capacity() * sizeof(Id) + slots_.capacity() * sizeof(Slot) +
                            page_count_ * sizeof(Page) + pages_.capacity() * sizeof(pages_[0]);
  if (bytes != accounted_) reservation_.resize(accounted_ = bytes);
}

std::uint32_t TupleSet::append(const Id* tuple) {
  if (tuples_.capacity() < tuples_.size() + width_) {
    const std::size_t wanted = std::max<std::size_t>(64, tuples_.capacity() * 2);
    reservation_.resize(accounted_ += (wanted - tuples_.capacity()) * sizeof(Id));
    tuples_.reserve(wanted);
  }
  tuples_.insert(tuples_.end(), tuple, tuple + width_);
  return static_cast<std::uint32_t>(size_++);
}

std::uint32_t* TupleSet::place(Id id) {
  const std::uint64_t page = id.payload() >> kPageBits;
  if (page >= pages_.size() || pages_[page] == nullptr) {
    if (id.payload() >= kMaxDirect || page_count_ > kFreePages + std::max(size_, expected_) / kTuplesPerPage)
      return nullptr;
    if (page >= pages_.size()) pages_.resize(std::max<std::size_t>(page + 1, pages_.size() * 2));
    ++page_count_;
    account();
    pages_[page] = std::make_unique<Page>();
  }
  return &(*pages_[page])[id.payload() & (kPage - 1)];
}

void TupleSet::leave_pages() {
  direct_ = false;
  for (std::uint32_t number = 0; number < size_; ++number) {
    if (!tuples_[number].in_dictionary()) continue;
    if ((hashed_ + 1) * 2 > slots_.size()) grow();
    const std::uint32_t h = hash(tuple(number));
    slots_[find_slot(tuple(number), h)] = {h, number + 1};
    ++hashed_;
  }
  pages_.clear();
  page_count_ = 0;
  account();
}

std::uint32_t TupleSet::insert_direct(Id id) {
  std::uint32_t* const number = place(id);
  if (number == nullptr) {
    leave_pages();
    return insert_hashed(&id, hash(&id));
  }
  if (*number == 0) *number = append(&id) + 1;
  return *number - 1;
}

std::size_t TupleSet::find_slot(const Id* wanted, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = first_slot(hash);
  while (slots_[at].number != 0 &&
         (slots_[at].hash != hash || !std::equal(wanted, wanted + width_, tuple(slots_[at].number - 1))))
    at = (at + 1) & mask;
  return at;
}

std::uint32_t TupleSet::find_hashed(const Id* wanted, std::uint32_t hash) const {
  return slots_[find_slot(wanted, hash)].number - 1;
}

std::uint32_t TupleSet::insert_hashed(const Id* wanted, std::uint32_t hash) {
  std::size_t at = find_slot(wanted, hash);
  if (slots_[at].number != 0) return slots_[at].number - 1;
  if ((hashed_ + 1) * 2 > slots_.size()) {
    grow();
    at = find_slot(wanted, hash);
  }
  const std::uint32_t number = append(wanted);
  slots_[at] = {hash, number + 1};
  ++hashed_;
  return number;
}

std::uint32_t TupleSet::insert(const Id* tuple, bool& added) {
  const std::size_t before = size_;
  const std::uint32_t number =
      direct_ && tuple[0].in_dictionary() ? insert_direct(tuple[0]) : insert_hashed(tuple, hash(tuple));
  added = size_ != before;
  return number;
}

bool TupleSet::contains(const Id* tuple) const {
  if (direct_ && tuple[0].in_dictionary()) return find_direct(tuple[0]) != kNone;
  return find_hashed(tuple, hash(tuple)) != kNone;
}

namespace {

// Calls look(row, tuple, hash) for rows whose slots are on their way to the cache.
template <typename Hash, typename Prefetch, typename Look>
void each_hashed(std::span<const Id* const> columns, std::size_t rows, std::vector<Id>& tuples, Hash&& hash,
                 Prefetch&& prefetch, Look&& look) {
  const std::size_t width = columns.size();
  tuples.resize(kAhead * std::max<std::size_t>(width, 1));
  std::array<std::uint32_t, kAhead> hashes;
  for (std::size_t from = 0; from < rows; from += kAhead) {
    const std::size_t count = std::min(kAhead, rows - from);
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t c = 0; c < width; ++c) tuples[i * width + c] = columns[c][from + i];
      hashes[i] = hash(tuples.data() + i * width);
      prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < count; ++i) look(from + i, tuples.data() + i * width, hashes[i]);
  }
}

}  // namespace

void TupleSet::insert(std::span<const Id* const> columns, std::size_t rows, std::uint32_t* numbers) {
  std::size_t row = 0;
  for (; row < rows && direct_; ++row) {
    // Runs of one key, which sorted input has, need no look-up.
    const Id id = columns[0][row];
    if (row > 0 && id == columns[0][row - 1])
      numbers[row] = numbers[row - 1];
    else
      numbers[row] = is_direct(id) ? insert_direct(id) : insert_hashed(&id, hash(&id));
  }
  if (row == rows) return;
  std::vector<const Id*> rest(columns.begin(), columns.end());
  for (const Id*& column : rest) column += row;
  std::vector<Id> tuples;
  each_hashed(
      rest, rows - row, tuples, [this](const Id* tuple) { return hash(tuple); },
      [this](std::uint32_t h) { __builtin_prefetch(&slots_[first_slot(h)]); },
      [&](std::size_t at, const Id* tuple, std::uint32_t h) { numbers[row + at] = insert_hashed(tuple, h); });
}

void TupleSet::find(std::span<const Id* const> columns, std::size_t rows, std::uint32_t* numbers) const {
  if (direct_) {
    for (std::size_t row = 0; row < rows; ++row) {
      const Id id = columns[0][row];
      numbers[row] = id.in_dictionary() ? find_direct(id) : find_hashed(&id, hash(&id));
    }
    return;
  }
  std::vector<Id> tuples;
  each_hashed(
      columns, rows, tuples, [this](const Id* tuple) { return hash(tuple); },
      [this](std::uint32_t h) { __builtin_prefetch(&slots_[first_slot(h)]); },
      [&](std::size_t row, const Id* tuple, std::uint32_t h) { numbers[row] = find_hashed(tuple, h); });
}

void TupleSet::grow() {
  // Towards what is expected in large steps: each one costs fresh pages.
  const int doublings = slots_.size() < expected_ ? 3 : 1;
  const std::size_t size = slots_.size() << doublings;
  accounted_ += (size - slots_.size()) * sizeof(Slot);
  reservation_.resize(accounted_);
  std::vector<Slot> wider(size);
  const std::size_t mask = wider.size() - 1;
  shift_ -= doublings;
  for (const Slot& slot : slots_) {
    if (slot.number == 0) continue;
    std::size_t at = first_slot(slot.hash);
    while (wider[at].number != 0) at = (at + 1) & mask;
    wider[at] = slot;
  }
  slots_ = std::move(wider);
}

// ---- RowIndex

void RowIndex::build(const RowTable& table, const std::vector<int>& key_columns) {
  keys_ = std::make_unique<TupleSet>(context_, key_columns.size(), what_, static_cast<double>(table.rows()));
  reservation_.resize(table.rows() * 3 * sizeof(std::uint32_t));
  std::vector<std::uint32_t> numbers(table.rows());
  std::vector<const Id*> columns(key_columns.size());
  for (std::size_t from = 0; from < table.rows(); from += kBatchRows) {
    context_.check();
    for (std::size_t i = 0; i < columns.size(); ++i)
      columns[i] = table.column(static_cast<std::size_t>(key_columns[i])).data() + from;
    keys_->insert(columns, std::min(kBatchRows, table.rows() - from), numbers.data() + from);
  }
  starts_.assign(keys_->size() + 1, 0);
  for (const std::uint32_t number : numbers) ++starts_[number + 1];
  for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
  rows_.resize(table.rows());
  for (std::size_t row = 0; row < numbers.size(); ++row)
    rows_[starts_[numbers[row]]++] = static_cast<std::uint32_t>(row);
  // Each start has become the next one's.
  for (std::size_t i = starts_.size() - 1; i > 0; --i) starts_[i] = starts_[i - 1];
  starts_[0] = 0;
}

}  // namespace dossier
