// Spill files of the loader: plain records, sorted runs, and the merge of runs.
//
// Purpose: what does not fit in the memory of a load. All files of a load lie in one directory of their own,
// which is removed when the load ends, well or badly; after a kill, opening the store for writing empties its
// place. A run holds sorted rows as packed blocks (store/block.h), each behind its length: some 4 to 6 bytes
// a row. Thread-safety: a SpillDirectory from all threads; a file from one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/row_stream.h"

namespace dossier {

class SpillDirectory {
 public:
  explicit SpillDirectory(std::string parent);
  ~SpillDirectory();
  SpillDirectory(const SpillDirectory&) = delete;
  SpillDirectory& operator=(const SpillDirectory&) = delete;
  std::string
  new_file();  // the path of a file that does not exist yet; makes the directory at its first call
  static void remove(const std::string& path);

 private:
  std::string path_;
  std::atomic<unsigned> files_{0};
  std::atomic<bool> made_{false};
};

// Writes a file through a buffer. Throws StorageError.
class SpillWriter {
 public:
  explicit SpillWriter(std::string path);
  ~SpillWriter();
  SpillWriter(const SpillWriter&) = delete;
  SpillWriter& operator=(const SpillWriter&) = delete;
  void write(const void* data, std::size_t size);
  template <class T>
  void put(const T& value) {
    write(&value, sizeof value);
  }
  void close();
  const std::string& path() const { return path_; }

 private:
  void flush();
  std::string path_;
  int file_;
  std::string buffer_;
};

// Reads a file from its start to its end through a buffer. Throws StorageError when it ends within a record.
class SpillReader {
 public:
  explicit SpillReader(std::string path, std::size_t buffer_bytes = std::size_t{256} << 10);
  ~SpillReader();
  SpillReader(const SpillReader&) = delete;
  SpillReader& operator=(const SpillReader&) = delete;
  bool at_end();
  void read(void* data, std::size_t size);
  template <class T>
  T get() {
    T value;
    read(&value, sizeof value);
    return value;
  }

 private:
  bool fill();
  std::string path_;
  int file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

// Writes all rows of `rows` (of `columns` columns) as a run at `path`.
void spill_run(RowStream& rows, std::size_t columns, const std::string& path);

// The rows of a run.
class RunReader final : public RowStream {
 public:
  RunReader(const std::string& path, std::size_t columns);
  bool next(RowPiece& piece) override;

 private:
  SpillReader file_;
  std::size_t columns_;
  std::string block_;
  RowBuffer buffer_;
};

// The duplicate-free union of sorted streams.
class MergeStream final : public RowStream {
 public:
  MergeStream(std::vector<std::unique_ptr<RowStream>> inputs, std::size_t columns);
  bool next(RowPiece& piece) override;

 private:
  struct Input {
    std::unique_ptr<RowStream> stream;
    RowPiece piece;
    std::size_t at = 0;
  };
  // The order of row `row` of one against row `other` of the other.
  int compare(const Input& a, std::size_t row, const Input& b, std::size_t other) const;
  bool before(const Input& a, const Input& b) const { return compare(a, a.at, b, b.at) < 0; }
  // How many of the next `most` rows come before the next one of the other.
  std::size_t rows_before(const Input& input, const Input& other, std::size_t most) const;
  bool advance(Input& input, std::size_t rows);
  void sink(std::size_t at);

  std::size_t columns_;
  std::vector<Input> inputs_;
  std::vector<std::size_t> heap_;  // of inputs that have rows
  RowBuffer buffer_;
  std::array<std::uint64_t, 4> last_{};
  bool any_ = false;
};

}  // namespace dossier
