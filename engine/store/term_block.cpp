#include "engine/store/term_block.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/dossier.h"
#include "engine/store/varint.h"

namespace dossier {
namespace {

[[noreturn]] void damaged() {
  throw CorruptionError(
      "a block of the dictionary is damaged; run `dossier check` and restore the store from a backup");
}

std::size_t read_varint(std::string_view bytes, std::size_t& at) {
  std::uint64_t value = 0;
  if (!dossier::read_varint(bytes, at, value)) damaged();
  return value;
}

}  // namespace

void TermBlockBuilder::add(std::string_view bytes) {
  ++terms_;
  if (bytes.empty()) {
    append_varint(bytes_, 0);
    append_varint(bytes_, 0);
    return;
  }
  const std::size_t limit = std::min(bytes.size(), last_.size());
  std::size_t shared = 0;
  while (shared < limit && bytes[shared] == last_[shared]) ++shared;
  append_varint(bytes_, shared);
  append_varint(bytes_, bytes.size() - shared);
  bytes_.append(bytes.substr(shared));
  last_.resize(shared);
  last_.append(bytes.substr(shared));
}

std::string_view TermBlockBuilder::block() {
  bytes_[0] = static_cast<char>(terms_);
  return bytes_;
}

void TermBlockBuilder::clear() {
  bytes_.assign(1, '\0');
  last_.clear();
  terms_ = 0;
}

TermBlockCursor::TermBlockCursor(std::string_view block) : block_(block) {
  if (block.empty()) damaged();
  terms_ = static_cast<unsigned char>(block[0]);
}

std::string_view TermBlockCursor::term(std::size_t index) {
  if (index >= terms_) damaged();
  for (; next_ <= index; ++next_) {
    const std::size_t shared = read_varint(block_, at_);
    const std::size_t rest = read_varint(block_, at_);
    if (shared > last_.size() || rest > block_.size() - at_) damaged();
    empty_ = shared + rest == 0;
    if (!empty_) last_.replace(shared, std::string::npos, block_.substr(at_, rest));
    at_ += rest;
  }
  return empty_ ? std::string_view() : last_;
}

TermBlock::TermBlock(std::string_view block) {
  struct Part {
    std::size_t shared, at, rest;
  };
  std::array<Part, 256> parts;
  const std::size_t count = TermBlockCursor(block).terms();
  std::size_t at = 1;
  std::size_t size = 0;
  std::size_t last_length = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t shared = read_varint(block, at);
    const std::size_t rest = read_varint(block, at);
    if (shared > last_length || rest > block.size() - at) damaged();
    parts[i] = {shared, at, rest};
    at += rest;
    size += shared + rest;
    if (shared + rest > 0) last_length = shared + rest;
  }
  if (at != block.size()) damaged();

  const std::size_t words = count + 2;
  const auto data = std::make_shared_for_overwrite<std::size_t[]>(words + (size + 7) / sizeof(std::size_t));
  char* const text = reinterpret_cast<char*>(data.get() + words);
  data[0] = count;
  data[1] = 0;
  std::size_t begin = 0;
  std::size_t last = 0;  // where the last term with bytes begins
  for (std::size_t i = 0; i < count; ++i) {
    const Part& part = parts[i];
    std::memcpy(text + begin, text + last, part.shared);
    std::memcpy(text + begin + part.shared, block.data() + part.at, part.rest);
    if (part.shared + part.rest > 0) last = begin;
    begin += part.shared + part.rest;
    data[i + 2] = begin;
  }
  data_ = data;
}

}  // namespace dossier
