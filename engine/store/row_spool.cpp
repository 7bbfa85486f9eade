#include "engine/store/row_spool.h"

#include <algorithm>

namespace dossier {
namespace {

// Rows in memory as a stream; they outlive it.
class BufferStream final : public RowStream {
 public:
  BufferStream(const std::vector<Values>& rows, std::size_t columns) : rows_(rows), columns_(columns) {}
  bool next(RowPiece& piece) override {
    const std::size_t count = std::min(kStreamRows, rows_.size() - at_);
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t c = 0; c < columns_; ++c) buffer_.columns[c][i] = rows_[at_ + i][c];
    at_ += count;
    piece = buffer_.piece(count);
    return count > 0;
  }

 private:
  const std::vector<Values>& rows_;
  std::size_t columns_;
  std::size_t at_ = 0;
  RowBuffer buffer_;
};

}  // namespace

RowSpool::RowSpool(SpillDirectory& directory, std::size_t columns, std::size_t memory_bytes)
    : directory_(directory),
      columns_(columns),
      most_(std::max<std::size_t>(memory_bytes / sizeof(Values), kStreamRows)) {
  rows_.reserve(most_);  // growing would hold them twice; pages that get no row cost nothing
}

RowSpool::~RowSpool() {
  for (const std::string& run : runs_) SpillDirectory::remove(run);
}

void RowSpool::sort() {
  std::sort(rows_.begin(), rows_.end());
  rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
}

void RowSpool::spill() {
  sort();
  BufferStream stream(rows_, columns_);
  runs_.push_back(directory_.new_file());
  spill_run(stream, columns_, runs_.back());
  rows_.clear();
}

std::unique_ptr<RowStream> RowSpool::sorted() {
  sort();
  auto rest = std::make_unique<BufferStream>(rows_, columns_);
  if (runs_.empty()) return rest;
  std::vector<std::unique_ptr<RowStream>> inputs;
  inputs.push_back(std::move(rest));
  for (const std::string& run : runs_) inputs.push_back(std::make_unique<RunReader>(run, columns_));
  return std::make_unique<MergeStream>(std::move(inputs), columns_);
}

}  // namespace dossier
