// Packed blocks: some 512 to 2048 sorted rows, columnar and compressed.
//
// Purpose: the value of one key of a packed relation. Each column is coded by itself, so a scan decodes only
// the columns it is asked for, and any row of a column can be read without decoding the rest (binary search
// on packed values). A column is `grouped frame of reference`: value = base[word >> width] + ((word & mask)
// << shift[word >> width]), words of (group bits + width) bits. One group and width 0 is a constant; width 0
// is a dictionary; one group is plain frame of reference; groups by tag keep inline values beside dictionary
// ids narrow. A leading column whose values come in runs is coded as runs. Invariants: rows strictly ascend;
// a block has at least one row, but for the first block of a relation. Frozen: see store/format.h.
// Thread-safety: a BlockReader is read-only; writers belong to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/model/id.h"

namespace dossier {

inline constexpr std::size_t kBlockRows = 1024;     // rows that the loader and the fold put in a block
inline constexpr std::size_t kMaxBlockRows = 2048;  // most rows of a block

// Appends the block of `rows` rows, given as columns, to `out`.
void encode_block(std::span<const std::uint64_t* const> columns, std::size_t rows, std::string& out);

class BlockReader {
 public:
  // Checks the frame of the block (checksum of the header, sizes); throws CorruptionError.
  explicit BlockReader(std::string_view bytes, std::size_t columns);
  std::size_t rows() const { return rows_; }
  // Decodes column `column` from row `from` for `count` rows.
  void decode(std::size_t column, std::size_t from, std::size_t count, std::uint64_t* out) const;
  std::uint64_t at(std::size_t column, std::size_t row) const;
  // First row that is not less than `row` in its first `length` columns.
  std::size_t lower_bound(std::span<const std::uint64_t> row, std::size_t length) const;
  // First row of [low, high) whose value in `column` is not less than (upper: is greater than) `value`.
  // Precondition: the column ascends there, that is, all columns before it are constant.
  std::size_t bound(std::size_t column, std::size_t low, std::size_t high, std::uint64_t value,
                    bool upper) const;

 private:
  struct Column {
    std::uint8_t width = 0;  // bits of the offset in a word; 64: words of 8 bytes
    std::uint8_t group_bits = 0;
    std::uint8_t base_bytes = 0;
    std::uint16_t groups = 0;
    std::uint16_t runs = 0;  // 0: a word a row
    std::uint64_t least = 0;
    const char* starts = nullptr;
    const char* bases = nullptr;
    const char* shifts = nullptr;  // null: none
    const char* words = nullptr;
  };
  static unsigned shift_of(const Column& column, std::size_t group);
  static std::uint64_t coded_at(const Column& column, std::size_t index);
  static void decode_coded(const Column& column, std::size_t from, std::size_t count, std::uint64_t* out);
  static std::size_t run_of(const Column& column, std::size_t row);

  std::size_t rows_ = 0;
  std::array<Column, 4> columns_{};
};

}  // namespace dossier
