// Sorts any number of rows in bounded memory.
//
// Purpose: rows that come in one order and are wanted in another: full buffers are sorted and spilled as runs
// (store/spill.h), and the runs are merged. Duplicates come out once. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/store/pending.h"
#include "engine/store/spill.h"

namespace dossier {

class RowSpool {
 public:
  RowSpool(SpillDirectory& directory, std::size_t columns, std::size_t memory_bytes);
  ~RowSpool();
  RowSpool(const RowSpool&) = delete;
  RowSpool& operator=(const RowSpool&) = delete;
  void add(const Values& row) {
    rows_.push_back(row);
    if (rows_.size() >= most_) spill();
  }
  // All rows, sorted; once, after the last `add`. Valid as long as this lives.
  std::unique_ptr<RowStream> sorted();

 private:
  void sort();
  void spill();
  SpillDirectory& directory_;
  std::size_t columns_;
  std::size_t most_;
  std::vector<Values> rows_;
  std::vector<std::string> runs_;
};

}  // namespace dossier
