// A growing array over anonymous pages of the operating system.
//
// Purpose: the large buffers of the loader (rows, dictionary of a chunk, words to sort). Growing moves page
// tables and copies nothing, releasing gives the memory back at once, and large arrays ask for huge pages:
// page faults were a third of the time of a load with vectors. Elements are trivially copyable; new ones from
// `resize` are zero bytes when the pages are fresh. Invariants: size() <= capacity. Thread-safety: none; one
// owner at a time.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace dossier {

template <class T>
class PageArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  PageArray() = default;
  explicit PageArray(std::size_t size) { resize(size); }
  PageArray(PageArray&& other) noexcept { swap(other); }
  PageArray& operator=(PageArray&& other) noexcept {
    if (this != &other) {
      release();
      swap(other);
    }
    return *this;
  }
  ~PageArray() { release(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t index) { return data_[index]; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  operator std::span<const T>() const { return {data_, size_}; }

  void push_back(const T& value) {
    if (size_ == capacity_) {
      const T copy = value;  // `value` may lie in this array
      reserve(std::max<std::size_t>(size_ + 1, capacity_ + capacity_ / 2));
      data_[size_++] = copy;
      return;
    }
    data_[size_++] = value;
  }
  // Room for `count` more at the end, which become part of the array; returns where they start.
  T* extend(std::size_t count) {
    if (size_ + count > capacity_) reserve(std::max(size_ + count, capacity_ + capacity_ / 2));
    T* start = data_ + size_;
    size_ += count;
    return start;
  }
  void resize(std::size_t size) {
    if (size > capacity_) reserve(size);
    size_ = size;
  }
  void clear() { size_ = 0; }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    const std::size_t bytes = whole_pages(capacity * sizeof(T));
#if defined(__SANITIZE_THREAD__)
    // The sanitizer does not see mremap: an address that is mapped anew by another thread would look like a
    // race.
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED && data_ != nullptr) {
      std::copy(data_, data_ + size_, static_cast<T*>(memory));
      munmap(data_, mapped_);
    }
#else
    void* memory = data_ == nullptr
                       ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                       : mremap(data_, mapped_, bytes, MREMAP_MAYMOVE);
#endif
    if (memory == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(memory);
    mapped_ = bytes;
    capacity_ = bytes / sizeof(T);
    if (bytes >= kHugeFrom) madvise(memory, bytes, MADV_HUGEPAGE);
  }
  void release() {
    if (data_ != nullptr) munmap(data_, mapped_);
    data_ = nullptr;
    size_ = capacity_ = mapped_ = 0;
  }
  // Gives back the memory of whole pages among the elements [from, to); their content is lost.
  void discard(std::size_t from, std::size_t to) {
    const std::size_t page = page_bytes();
    const std::size_t first = (from * sizeof(T) + page - 1) / page * page;
    const std::size_t last = to * sizeof(T) / page * page;
    if (last > first) madvise(reinterpret_cast<char*>(data_) + first, last - first, MADV_DONTNEED);
  }
  std::size_t memory() const {
    return size_ * sizeof(T);
  }

 private:
  static constexpr std::size_t kHugeFrom = std::size_t{8} << 20;

  static std::size_t page_bytes() {
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }
  static std::size_t whole_pages(std::size_t bytes) {
    const std::size_t page = page_bytes();
    return (std::max(bytes, page) + page - 1) / page * page;
  }
  void swap(PageArray& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(mapped_, other.mapped_);
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t mapped_ = 0;
};

}  // namespace dossier
