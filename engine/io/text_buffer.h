// Text on its way out.
//
// Purpose: one buffer that grows and stays; what is appended costs a copy and no call. Invariants: the views
// of its bytes are good until the next append. Thread-safety: none; one owner.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace dossier {

class TextBuffer {
 public:
  std::size_t size() const { return size_; }
  std::string_view text() const { return {data_.get(), size_}; }
  void clear() { size_ = 0; }

  // Room for so many bytes more, that the caller writes and then counts with `advance`.
  char* room(std::size_t bytes) {
    if (bytes > capacity_ - size_) grow(bytes);
    return data_.get() + size_;
  }
  void advance(std::size_t bytes) { size_ += bytes; }

  // Short texts, most by far, are copied by two moves that may overlap.
  TextBuffer& operator+=(std::string_view text) {
    copy(room(text.size()), text.data(), text.size());
    size_ += text.size();
    return *this;
  }
  TextBuffer& operator+=(char c) {
    *room(1) = c;
    ++size_;
    return *this;
  }
  // Appends what stands at `at` already.
  void repeat(std::size_t at, std::size_t length) {
    char* const to = room(length);
    copy(to, data_.get() + at, length);
    size_ += length;
  }

 private:
  static void copy(char* to, const char* from, std::size_t size) {
    if (size > 32) {
      std::memcpy(to, from, size);
    } else if (size >= 16) {
      std::memcpy(to, from, 16);
      std::memcpy(to + size - 16, from + size - 16, 16);
    } else if (size >= 8) {
      std::memcpy(to, from, 8);
      std::memcpy(to + size - 8, from + size - 8, 8);
    } else {
      for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
  }
  void grow(std::size_t bytes) {
    const std::size_t wanted = std::max(size_ + bytes, 2 * capacity_ + 4096);
    std::unique_ptr<char[]> wider(new char[wanted]);  // not make_unique: it would fill the memory first
    if (size_ > 0) std::memcpy(wider.get(), data_.get(), size_);
    data_ = std::move(wider);
    capacity_ = wanted;
  }

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace dossier
