#include "engine/store/term_block.h"

#include <algorithm>
#include <cstring>

#include "engine/dossier.h"
#include "engine/store/varint.h"

namespace dossier {
namespace {

// The most that ZSTD makes of a byte: a block of 128K that takes 4.
constexpr std::size_t kMostGrowth = std::size_t{1} << 15;

[[noreturn]] void damaged() {
  throw CorruptionError(
      "a block of the dictionary is damaged; run `dossier check` and restore the store from a backup");
}

std::size_t read_varint(std::string_view bytes, std::size_t& at) {
  // Most are of one byte.
  if (at < bytes.size() && static_cast<unsigned char>(bytes[at]) < 0x80)
    return static_cast<unsigned char>(bytes[at++]);
  std::uint64_t value = 0;
  if (!dossier::read_varint(bytes, at, value)) damaged();
  return value;
}

std::size_t groups_of(std::size_t terms) {
  return (terms + kTermsPerGroup - 1) / kTermsPerGroup;
}

}  // namespace

void TermBlockBuilder::add(std::string_view bytes) {
  std::string& group = groups_[terms_ / kTermsPerGroup];
  if (terms_++ % kTermsPerGroup == 0) {
    group.clear();
    last_.clear();
  }
  if (bytes.empty()) {
    append_varint(group, 0);
    append_varint(group, 0);
    return;
  }
  const std::size_t limit = std::min(bytes.size(), last_.size());
  std::size_t shared = 0;
  while (shared < limit && bytes[shared] == last_[shared]) ++shared;
  append_varint(group, shared);
  append_varint(group, bytes.size() - shared);
  group.append(bytes.substr(shared));
  last_.resize(shared);
  last_.append(bytes.substr(shared));
}

std::string_view TermBlockBuilder::block(Packer* packer) {
  block_.assign(1, static_cast<char>(terms_));
  append_varint(block_, packer == nullptr ? 0 : packer->codebook().number());
  packed_.clear();
  for (std::size_t number = 0; number < groups_of(terms_); ++number) {
    const std::string& group = groups_[number];
    const std::string_view packed = packer == nullptr ? std::string_view() : packer->pack(group);
    const std::string_view stored = packed.empty() ? std::string_view(group) : packed;
    append_varint(block_, group.size());
    if (packer != nullptr) append_varint(block_, stored.size());
    packed_ += stored;
  }
  block_ += packed_;
  return block_;
}

void TermBlockBuilder::clear() {
  terms_ = 0;
}

std::size_t terms_of_block(std::string_view block) {
  if (block.empty() || static_cast<unsigned char>(block[0]) > kTermsPerBlock) damaged();
  return static_cast<unsigned char>(block[0]);
}

std::uint64_t codebook_of_block(std::string_view block) {
  std::size_t at = 1;
  return read_varint(block, at);
}

TermGroups::TermGroups(std::string_view block, const Codebook* of_block)
    : terms(terms_of_block(block)), codebook(of_block) {
  std::size_t at = 1;
  if (read_varint(block, at) != (codebook == nullptr ? 0 : codebook->number())) damaged();
  std::array<std::size_t, kTermsPerBlock / kTermsPerGroup> stored;
  const std::size_t count = groups_of(terms);
  for (std::size_t i = 0; i < count; ++i) {
    groups[i].size = read_varint(block, at);
    stored[i] = codebook == nullptr ? groups[i].size : read_varint(block, at);
    if (stored[i] > block.size() || groups[i].size > kMostGrowth * stored[i]) damaged();
  }
  for (std::size_t i = 0; i < count; at += stored[i++]) {
    if (stored[i] > block.size() - at) damaged();
    groups[i].stored = block.substr(at, stored[i]);
  }
  if (at != block.size()) damaged();
}

std::string_view TermGroups::entries(std::size_t number, std::string& buffer) const {
  const Group& group = groups[number];
  if (group.stored.size() == group.size) return group.stored;
  buffer.resize(group.size);
  if (!codebook->unpack(group.stored, buffer.data(), group.size)) damaged();
  return buffer;
}

TermBlockCursor::TermBlockCursor(std::string_view block, const Codebook* codebook)
    : groups_(block, codebook) {}

std::string_view TermBlockCursor::term(std::size_t index) {
  if (index >= groups_.terms) damaged();
  const std::size_t group = index / kTermsPerGroup;
  if (next_ == 0 || (next_ - 1) / kTermsPerGroup != group) {
    next_ = group * kTermsPerGroup;
    entries_ = groups_.entries(group, buffer_);
    at_ = 0;
    last_.clear();
  }
  for (; next_ <= index; ++next_) {
    const std::size_t shared = read_varint(entries_, at_);
    const std::size_t rest = read_varint(entries_, at_);
    if (shared > last_.size() || rest > entries_.size() - at_) damaged();
    empty_ = shared + rest == 0;
    if (!empty_) last_.replace(shared, std::string::npos, entries_.substr(at_, rest));
    at_ += rest;
  }
  return empty_ ? std::string_view() : last_;
}

TermBlock::TermBlock(std::string_view block, const Codebook* codebook) {
  struct Part {
    std::size_t shared;
    const char* rest;
    std::size_t length;
  };
  const TermGroups groups(block, codebook);
  std::array<std::string, kTermsPerBlock / kTermsPerGroup> buffers;
  std::array<Part, kTermsPerBlock> parts;
  std::size_t size = 0;
  for (std::size_t first = 0; first < groups.terms; first += kTermsPerGroup) {
    const std::size_t group = first / kTermsPerGroup;
    const std::string_view entries = groups.entries(group, buffers[group]);
    std::size_t at = 0;
    std::size_t last_length = 0;
    for (std::size_t i = first; i < std::min(first + kTermsPerGroup, groups.terms); ++i) {
      const std::size_t shared = read_varint(entries, at);
      const std::size_t rest = read_varint(entries, at);
      if (shared > last_length || rest > entries.size() - at) damaged();
      parts[i] = {shared, entries.data() + at, rest};
      at += rest;
      size += shared + rest;
      if (shared + rest > 0) last_length = shared + rest;
    }
    if (at != entries.size()) damaged();
  }

  const std::size_t words = groups.terms + 2;
  const auto data = std::make_shared_for_overwrite<std::size_t[]>(words + (size + 7) / sizeof(std::size_t));
  char* const text = reinterpret_cast<char*>(data.get() + words);
  data[0] = groups.terms;
  data[1] = 0;
  std::size_t begin = 0;
  std::size_t last = 0;  // where the last term with bytes begins
  for (std::size_t i = 0; i < groups.terms; ++i) {
    const Part& part = parts[i];
    std::memcpy(text + begin, text + last, part.shared);
    std::memcpy(text + begin + part.shared, part.rest, part.length);
    if (part.shared + part.length > 0) last = begin;
    begin += part.shared + part.length;
    data[i + 2] = begin;
  }
  data_ = data;
}

}  // namespace dossier
