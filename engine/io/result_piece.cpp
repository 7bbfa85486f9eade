#include "engine/io/result_piece.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "engine/store/format.h"

namespace dossier {
namespace {

// Whether the terms of some rows stand in many blocks: of data in the order of the dictionary 20 share one, of
// others 1 to 4.
bool is_scattered(const Batch& batch, std::size_t from) {
  constexpr std::size_t kRows = 256;
  constexpr std::size_t kShared = 6;
  std::vector<std::uint64_t> terms;
  const std::size_t end = std::min(batch.rows, from + kRows);
  for (const auto& column : batch.columns)
    for (std::size_t row = from; row < end; ++row)
      if (column[row].in_dictionary()) terms.push_back(column[row].payload());
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  std::size_t blocks = 0;
  std::uint64_t last = ~std::uint64_t{0};
  for (const std::uint64_t term : terms)
    blocks += std::exchange(last, term / kTermsPerBlock) != term / kTermsPerBlock;
  return blocks * kShared > terms.size();
}

}  // namespace

ResultPiece::ResultPiece(std::size_t width, std::size_t memory)
    : columns_(width),
      most_rows_(std::min(kMostCells, memory / kMemoryShare / kCellBytes) /
                 std::max<std::size_t>(width, 1)) {}

void ResultPiece::add(const Batch& batch, std::size_t from) {
  if (batches_++ % kLookEvery == 0) scattered_ = scattered_ || is_scattered(batch, from);
  if (rows_ == 0) begin_ = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i].insert(columns_[i].end(), batch.columns[i].begin() + static_cast<std::ptrdiff_t>(from),
                       batch.columns[i].begin() + static_cast<std::ptrdiff_t>(batch.rows));
  rows_ += batch.rows - from;
}

bool ResultPiece::is_full() const {
  return !scattered_ || batches_ == 1 || rows_ + kBatchRows > most_rows_ ||
         std::chrono::steady_clock::now() - begin_ > kMostWait;
}

void ResultPiece::write(SolutionWriter& writer, LocalTerms& terms) {
  std::vector<const Id*> columns;
  for (const auto& column : columns_) columns.push_back(column.data());
  bool keeps = true;
  std::size_t kept = 0;  // rows whose terms are at hand
  for (std::size_t rows = std::exchange(rows_, 0); rows > 0;) {
    if (kept == 0 && keeps) kept = terms.keep_terms_of(columns, rows);
    keeps = kept > 0;
    const std::size_t count = std::min({rows, kBatchRows, keeps ? kept : rows});
    writer.write(columns, count);
    for (const Id*& column : columns) column += count;
    rows -= count;
    kept -= std::min(kept, count);
  }
  terms.forget_terms();
  for (auto& column : columns_) column.clear();
}

}  // namespace dossier
