#include "engine/store/bit_packing.h"

#include <array>
#include <utility>

namespace dossier {
namespace {

constexpr std::size_t kGroup = 8;  // words; they take `width` bytes

template <unsigned kWidth, std::size_t... kIndex>
inline void unpack_group(const char* at, std::uint64_t base, std::uint64_t* out,
                         std::index_sequence<kIndex...>) {
  ((out[kIndex] = base + ((load64(at + (kIndex * kWidth >> 3)) >> (kIndex * kWidth & 7)) & low_bits(kWidth))),
   ...);
}

template <unsigned kWidth>
void unpack_groups(const char* at, std::size_t groups, std::uint64_t base, std::uint64_t* out) {
  for (; groups > 0; --groups, at += kWidth, out += kGroup)
    unpack_group<kWidth>(at, base, out, std::make_index_sequence<kGroup>());
}

using Kernel = void (*)(const char*, std::size_t, std::uint64_t, std::uint64_t*);

template <std::size_t... kWidth>
constexpr std::array<Kernel, sizeof...(kWidth)> kernels_of(std::index_sequence<kWidth...>) {
  return {&unpack_groups<kWidth + 1>...};
}
constexpr auto kKernels = kernels_of(std::make_index_sequence<kMaxPackedWidth>());  // [width - 1]

}  // namespace

void unpack_words(const char* words, std::size_t from, std::size_t count, unsigned width, std::uint64_t base,
                  std::uint64_t* out) {
  if (width == 64) {
    for (std::size_t i = 0; i < count; ++i) out[i] = base + load64(words + (from + i) * 8);
    return;
  }
  const std::size_t end = from + count;
  for (; from < end && from % kGroup != 0; ++from) *out++ = base + load_word(words, from, width);
  const std::size_t groups = (end - from) / kGroup;
  kKernels[width - 1](words + from / kGroup * width, groups, base, out);
  out += groups * kGroup;
  for (from += groups * kGroup; from < end; ++from) *out++ = base + load_word(words, from, width);
}

}  // namespace dossier
