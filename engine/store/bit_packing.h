// Words of 1 to 57 bits packed one after the other, and 64-bit words.
//
// Purpose: what a packed column is made of (store/block.h). Reading many words is the inner loop of every
// scan, so there is a kernel for each width: eight words begin at a byte boundary again, and within them
// every shift is a constant (1.0 ns a word with variable shifts, 0.4 with constant ones). Invariant: 8 bytes
// can be read from the first byte of any word. Thread-safety: functions only.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace dossier {

inline constexpr unsigned kMaxPackedWidth =
    57;  // a load of 64 bits at a byte boundary holds any word of this width

constexpr std::uint64_t low_bits(unsigned width) {
  return width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
}
constexpr unsigned bits_for(std::uint64_t value) {
  return static_cast<unsigned>(std::bit_width(value));
}
// Words wider than kMaxPackedWidth take 8 bytes each.
constexpr unsigned stored_width(unsigned width) {
  return width > kMaxPackedWidth ? 64 : width;
}

inline std::uint64_t load64(const char* at) {
  std::uint64_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline std::uint64_t load_word(const char* words, std::size_t index, unsigned width) {
  if (width == 64) return load64(words + index * 8);
  const std::size_t bit = index * width;
  return (load64(words + (bit >> 3)) >> (bit & 7)) & low_bits(width);
}

// out[i] = base + word[from + i], for `count` words of `width` bits: 1 to kMaxPackedWidth, or 64.
void unpack_words(const char* words, std::size_t from, std::size_t count, unsigned width, std::uint64_t base,
                  std::uint64_t* out);

class WordWriter {
 public:
  WordWriter(char* out, unsigned width) : out_(out), width_(width) {}
  void put(std::uint64_t word) {
    held_ |= word << filled_;
    filled_ += width_;
    if (filled_ >= 64) {
      std::memcpy(out_, &held_, 8);
      out_ += 8;
      filled_ -= 64;
      held_ = filled_ == 0 ? 0 : word >> (width_ - filled_);
    }
  }
  void finish() { std::memcpy(out_, &held_, (filled_ + 7) / 8); }

 private:
  char* out_;
  unsigned width_;
  unsigned filled_ = 0;
  std::uint64_t held_ = 0;
};

}  // namespace dossier
