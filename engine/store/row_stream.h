// Sorted rows in pieces of columns: what flows from sorting over merging to the blocks.
//
// Purpose: one shape for the rows of a chunk in memory, of spilled runs and of their merge. Rows are bits of
// ids (or the two numbers of `hashes`), in the column order of their relation, strictly ascending.
// Thread-safety: one owner at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dossier {

inline constexpr std::size_t kStreamRows = 2048;  // most rows of a piece

struct RowPiece {
  std::array<const std::uint64_t*, 4> columns{};
  std::size_t rows = 0;
};

class RowStream {
 public:
  virtual ~RowStream() = default;
  // The next rows, valid until the next call; false at the end.
  virtual bool next(RowPiece& piece) = 0;
};

// Buffers of one piece.
struct RowBuffer {
  std::array<std::array<std::uint64_t, kStreamRows>, 4> columns;
  RowPiece piece(std::size_t rows) const {
    return {{columns[0].data(), columns[1].data(), columns[2].data(), columns[3].data()}, rows};
  }
};

}  // namespace dossier
