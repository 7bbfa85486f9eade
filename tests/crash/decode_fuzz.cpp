// Decoders against bytes that no checksum guards: blocks whose bytes are damaged and whose checksum is right
// all the same. Built with the address and undefined-behaviour sanitizers, in every build; `decode_fuzz [SEED
// [COUNT]]`.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dossier.h"
#include "engine/store/block.h"
#include "engine/store/term_block.h"
#include "tests/differential/random.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace {

using namespace dossier;
using differential::Random;

// Of the layout in store/block.cpp: what the checksum covers.
constexpr std::size_t kHeaderFixed = 12;
constexpr std::size_t kHeaderColumn = 16;

std::uint64_t value_of(Random& random, std::size_t kind) {
  switch (kind) {
    case 0:
      return 7;
    case 1:
      return (std::uint64_t{1} << 60) + random.below(20) * 1'000'003;
    case 2:
      return (random.between(1, 14) << 60) + random.below(100'000);
    case 3:
      return (std::uint64_t{11} << 60) + (random.below(40'000) << 20);
    case 4:
      return random.next() >> random.below(64);
    default:
      return random.next();
  }
}

std::string random_block(Random& random, std::size_t width) {
  const std::size_t count = random.below(random.chance(50) ? 40 : kMaxBlockRows + 1);
  std::array<std::vector<std::uint64_t>, 4> columns;
  std::array<const std::uint64_t*, 4> pointers{};
  for (std::size_t c = 0; c < width; ++c) {
    const std::size_t kind = random.below(6);
    const std::size_t repeats = random.between(1, 30);
    for (std::size_t i = 0; i < count; ++i)
      columns[c].push_back(i % repeats != 0 ? columns[c].back() : value_of(random, kind));
    pointers[c] = columns[c].data();
  }
  std::string bytes;
  encode_block({pointers.data(), width}, count, bytes);
  return bytes;
}

// What the blocks of terms are packed with.
std::shared_ptr<const Codebook> make_codebook() {
  TermSample sample(1 << 20);
  for (std::size_t i = 0; !sample.full(); ++i) {
    std::string group;
    for (int k = 0; k < 16; ++k) group += "\x01http://example.org/" + std::to_string((i * 16 + k) * 37 % 9973);
    sample.add(group);
  }
  auto codebook = sample.better(nullptr, 1);
  if (codebook == nullptr) std::abort();
  return codebook;
}

std::string random_terms(Random& random, Packer* packer) {
  TermBlockBuilder builder;
  for (std::size_t i = random.between(1, 64); i > 0; --i) {
    std::string term = random.chance(10) ? "" : "\x01http://example.org/";
    if (!term.empty()) term += std::to_string(random.below(1000));
    builder.add(term);
  }
  return std::string(builder.block(packer));
}

void mutate(std::string& bytes, Random& random, std::size_t most) {
  for (std::size_t i = random.between(1, 4); i > 0 && !bytes.empty(); --i) {
    const std::size_t at = random.below(std::min(bytes.size(), most));
    switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ 1 << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.next());
        break;
      case 2:
        bytes[at] = random.chance(50) ? '\xFF' : '\0';
        break;
      default:
        if (random.chance(80)) break;
        bytes.resize(random.below(bytes.size() + 40));
        break;
    }
  }
}

// The size that a block must have by what its header says.
std::size_t fitting_size(const std::string& bytes, std::size_t width) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const auto number = [&](std::size_t at) { return byte(at) + 256U * byte(at + 1); };
  std::size_t size = kHeaderFixed + kHeaderColumn * width + 8;
  for (std::size_t c = 0; c < width; ++c) {
    const std::size_t at = kHeaderFixed + kHeaderColumn * c;
    const std::size_t runs = (byte(at) & 1) != 0 ? number(at + 6) : 0;
    const std::size_t groups = number(at + 4);
    const std::size_t words = runs > 0 ? runs : number(8);
    size += 2 * runs + groups * byte(at + 3) + ((byte(at) & 2) != 0 ? groups : 0) +
            (words * (byte(at + 1) + byte(at + 2)) + 7) / 8;
  }
  return size;
}

// In a buffer of just this size, so that the sanitizer sees a byte too far.
class Exact {
 public:
  explicit Exact(const std::string& bytes) : size_(bytes.size()), bytes_(new char[bytes.size()]) {
    std::memcpy(bytes_.get(), bytes.data(), size_);
  }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

// False: the damage was noticed.
bool read_block(std::string_view bytes, std::size_t width, Random& random) {
  try {
    const BlockReader reader(bytes, width);
    const std::size_t rows = reader.rows();
    for (std::size_t c = 0; c < width; ++c) {
      const std::size_t from = rows == 0 ? 0 : random.below(rows);
      for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, rows}, {from, rows - from}}) {
        const std::unique_ptr<std::uint64_t[]> out(new std::uint64_t[count + 1]);
        reader.decode(c, first, count, out.get());
      }
      for (std::size_t row = 0; row < rows; row += 1 + rows / 20) static_cast<void>(reader.at(c, row));
    }
    for (std::size_t i = 0; i < 8; ++i) {
      std::array<std::uint64_t, 4> row{};
      for (std::uint64_t& value : row) value = value_of(random, random.below(6));
      if (reader.lower_bound(row, random.between(1, width)) > rows) std::abort();
    }
    return true;
  } catch (const CorruptionError&) {
    return false;
  }
}

bool read_terms(std::string_view bytes, const Codebook* codebook, Random& random) {
  bool good = true;
  std::vector<std::string> terms;
  try {
    const TermBlock block(bytes, codebook);
    for (std::size_t i = 0; i < block.terms(); ++i) terms.emplace_back(block.term(i));
  } catch (const CorruptionError&) {
    good = false;
  }
  try {
    TermBlockCursor cursor(bytes, codebook);
    for (std::size_t i = 0; i < cursor.terms(); i += random.between(1, 3)) {
      const std::string_view term = cursor.term(i);
      if (good && term != terms[i]) std::abort();
    }
  } catch (const CorruptionError&) {
  }
  return good;
}

}  // namespace

int main(int count, char** words) {
  const std::uint64_t seed = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1;
  const std::uint64_t times = count > 2 ? std::strtoull(words[2], nullptr, 10) : 20'000;
  Random random(seed);
  const auto codebook = make_codebook();
  Packer packer(codebook);
  std::uint64_t noticed = 0;
  for (std::uint64_t i = 0; i < times; ++i) {
    if (random.chance(30)) {
      const bool packed = random.chance(50);
      std::string bytes = random_terms(random, packed ? &packer : nullptr);
      mutate(bytes, random, bytes.size());
      noticed += !read_terms(Exact(bytes).view(), packed ? codebook.get() : nullptr, random);
      continue;
    }
    const std::size_t width = random.chance(80) ? 4 : 2;
    const std::size_t header = kHeaderFixed + kHeaderColumn * width;
    std::string bytes = random_block(random, width);
    mutate(bytes, random, random.chance(70) ? header : bytes.size());
    if (bytes.size() >= header && random.chance(60)) {
      const std::size_t fitting = fitting_size(bytes, width);
      if (fitting < (std::size_t{1} << 20)) bytes.resize(fitting, static_cast<char>(random.next()));
    }
    if (bytes.size() >= header && random.chance(95)) {
      const auto size = static_cast<std::uint32_t>(bytes.size());
      std::memcpy(bytes.data() + 4, &size, 4);
      const auto checksum = static_cast<std::uint32_t>(XXH3_64bits(bytes.data() + 4, header - 4));
      std::memcpy(bytes.data(), &checksum, 4);
    }
    noticed += !read_block(Exact(bytes).view(), width, random);
  }
  std::cout << "decoders: " << times << " damaged blocks of seed " << seed << ", " << noticed << " noticed\n";
  return 0;
}
