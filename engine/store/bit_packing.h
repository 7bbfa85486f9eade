// Words of 1 to 57 bits packed one after the other, and 64-bit words.
//
// Purpose: what a packed column is made of (store/block.h). Reading many words is the inner loop of every
// scan, so there is a kernel for each width: eight words begin at a byte boundary again, and within them
// every shift is a constant (1.0 ns a word with variable shifts, 0.4 with constant ones), and what becomes of
// a word is part of the kernel (a second pass over them costs as much as the first). Invariant: 8 bytes can
// be read from the first byte of any word. Thread-safety: functions only.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

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

inline constexpr std::size_t kPackedGroup = 8;  // words; they take `width` bytes

template <unsigned kWidth, typename Value, std::size_t... kIndex>
inline void unpack_group(const char* at, Value value, std::uint64_t* out, std::index_sequence<kIndex...>) {
  ((out[kIndex] = value((load64(at + (kIndex * kWidth >> 3)) >> (kIndex * kWidth & 7)) & low_bits(kWidth))),
   ...);
}

template <unsigned kWidth, typename Value>
void unpack_groups(const char* at, std::size_t groups, Value value, std::uint64_t* out) {
  for (; groups > 0; --groups, at += kWidth, out += kPackedGroup)
    unpack_group<kWidth>(at, value, out, std::make_index_sequence<kPackedGroup>());
}

template <typename Value, std::size_t... kWidth>
constexpr auto unpack_kernels(std::index_sequence<kWidth...>) {
  using Kernel = void (*)(const char*, std::size_t, Value, std::uint64_t*);
  return std::array<Kernel, sizeof...(kWidth)>{&unpack_groups<kWidth + 1, Value>...};
}

// out[i] = value(word[from + i]), for `count` words of `width` bits: 1 to kMaxPackedWidth, or 64.
template <typename Value>
void unpack_words(const char* words, std::size_t from, std::size_t count, unsigned width, Value value,
                  std::uint64_t* out) {
  static constexpr auto kKernels = unpack_kernels<Value>(std::make_index_sequence<kMaxPackedWidth>());
  if (width == 64) {
    for (std::size_t i = 0; i < count; ++i) out[i] = value(load64(words + (from + i) * 8));
    return;
  }
  const std::size_t end = from + count;
  for (; from < end && from % kPackedGroup != 0; ++from) *out++ = value(load_word(words, from, width));
  const std::size_t groups = (end - from) / kPackedGroup;
  kKernels[width - 1](words + from / kPackedGroup * width, groups, value, out);
  out += groups * kPackedGroup;
  for (from += groups * kPackedGroup; from < end; ++from) *out++ = value(load_word(words, from, width));
}

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
