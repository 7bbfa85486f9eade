#include "engine/store/term_block.h"

#include <algorithm>

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
  const std::size_t count = TermBlockCursor(block).terms();
  ends_.reserve(count + 1);
  ends_.push_back(0);
  bytes_.reserve(block.size() * 2);
  std::size_t at = 1;
  std::size_t last = 0;  // where the last term with bytes begins
  std::size_t last_length = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t shared = read_varint(block, at);
    const std::size_t rest = read_varint(block, at);
    if (shared > last_length || rest > block.size() - at) damaged();
    if (shared + rest > 0) {
      const std::size_t begin = bytes_.size();
      bytes_.resize(begin + shared + rest);
      std::copy_n(bytes_.data() + last, shared, bytes_.data() + begin);
      std::copy_n(block.data() + at, rest, bytes_.data() + begin + shared);
      at += rest;
      last = begin;
      last_length = shared + rest;
    }
    ends_.push_back(bytes_.size());
  }
  if (at != block.size()) damaged();
}

}  // namespace dossier
