#include "engine/store/spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/dossier.h"
#include "engine/store/block.h"

namespace dossier {
namespace {

constexpr std::size_t kWriteBuffer = std::size_t{256} << 10;

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw StorageError(StorageError::Reason::io, what + " " + path + ": " + std::strerror(errno));
}

}  // namespace

SpillDirectory::SpillDirectory(std::string parent)
    : path_(std::move(parent) + "/load-" + std::to_string(getpid()) + "-" +
            std::to_string(reinterpret_cast<std::uintptr_t>(this))) {}

SpillDirectory::~SpillDirectory() {
  std::error_code ignored;  // what stays is emptied by the next opening for writing
  if (made_) std::filesystem::remove_all(path_, ignored);
}

std::string SpillDirectory::new_file() {
  if (!made_.exchange(true)) {
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error) throw StorageError(StorageError::Reason::io, "cannot make " + path_ + ": " + error.message());
  }
  return path_ + "/" + std::to_string(files_++);
}

void SpillDirectory::remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
}

SpillWriter::SpillWriter(std::string path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
  if (file_ < 0) fail("cannot write", path_);
  buffer_.reserve(kWriteBuffer);
}

SpillWriter::~SpillWriter() {
  if (file_ >= 0) ::close(file_);
}

void SpillWriter::write(const void* data, std::size_t size) {
  const char* from = static_cast<const char*>(data);
  while (size != 0) {
    const std::size_t part = std::min(size, kWriteBuffer - buffer_.size());
    buffer_.append(from, part);
    from += part;
    size -= part;
    if (buffer_.size() == kWriteBuffer) flush();
  }
}

void SpillWriter::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t count = ::write(file_, buffer_.data() + done, buffer_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("cannot write", path_);
    done += static_cast<std::size_t>(count);
  }
  buffer_.clear();
}

void SpillWriter::close() {
  flush();
  const int file = file_;
  file_ = -1;
  if (::close(file) != 0) fail("cannot write", path_);
}

SpillReader::SpillReader(std::string path, std::size_t buffer_bytes)
    : path_(std::move(path)),
      file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)),
      buffer_(buffer_bytes, '\0') {
  if (file_ < 0) fail("cannot read", path_);
}

SpillReader::~SpillReader() {
  ::close(file_);
}

bool SpillReader::fill() {
  at_ = end_ = 0;
  for (;;) {
    const ssize_t count = ::read(file_, buffer_.data(), buffer_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("cannot read", path_);
    end_ = static_cast<std::size_t>(count);
    return end_ != 0;
  }
}

bool SpillReader::at_end() {
  return at_ == end_ && !fill();
}

void SpillReader::read(void* data, std::size_t size) {
  char* out = static_cast<char*>(data);
  while (size != 0) {
    if (at_ == end_ && !fill()) {
      throw StorageError(StorageError::Reason::io, "the spill file " + path_ + " ends too early");
    }
    const std::size_t part = std::min(size, end_ - at_);
    std::memcpy(out, buffer_.data() + at_, part);
    out += part;
    at_ += part;
    size -= part;
  }
}

void spill_run(RowStream& rows, std::size_t columns, const std::string& path) {
  SpillWriter file(path);
  std::string block;
  RowPiece piece;
  while (rows.next(piece)) {
    block.clear();
    encode_block({piece.columns.data(), columns}, piece.rows, block);
    file.put(static_cast<std::uint32_t>(block.size()));
    file.write(block.data(), block.size());
  }
  file.close();
}

RunReader::RunReader(const std::string& path, std::size_t columns)
    : file_(path, std::size_t{128} << 10), columns_(columns) {}

bool RunReader::next(RowPiece& piece) {
  if (file_.at_end()) return false;
  block_.resize(file_.get<std::uint32_t>());
  file_.read(block_.data(), block_.size());
  const BlockReader reader(block_, columns_);
  for (std::size_t column = 0; column < columns_; ++column) {
    reader.decode(column, 0, reader.rows(), buffer_.columns[column].data());
  }
  piece = buffer_.piece(reader.rows());
  return true;
}

MergeStream::MergeStream(std::vector<std::unique_ptr<RowStream>> inputs, std::size_t columns)
    : columns_(columns) {
  for (auto& stream : inputs) inputs_.push_back({std::move(stream), {}, 0});
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].stream->next(inputs_[i].piece)) heap_.push_back(i);
  }
  for (std::size_t at = heap_.size(); at-- > 0;) sink(at);
}

int MergeStream::compare(const Input& a, std::size_t row, const Input& b, std::size_t other) const {
  for (std::size_t column = 0; column < columns_; ++column) {
    const std::uint64_t x = a.piece.columns[column][row];
    const std::uint64_t y = b.piece.columns[column][other];
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

// Runs of a load overlap little: terms of one chunk are mostly new and follow those of the chunks before. So the end of the rows
// that one run has before the others is looked for in growing steps.
std::size_t MergeStream::rows_before(const Input& input, const Input& other, std::size_t most) const {
  std::size_t low = 0;  // rows known to come before
  std::size_t step = 1;
  while (low + step <= most && compare(input, input.at + low + step - 1, other, other.at) < 0) {
    low += step;
    step *= 2;
  }
  std::size_t high = std::min(most, low + step - 1);
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (compare(input, input.at + middle, other, other.at) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

bool MergeStream::advance(Input& input, std::size_t rows) {
  input.at += rows;
  if (input.at < input.piece.rows) return true;
  input.at = 0;
  return input.stream->next(input.piece);
}

void MergeStream::sink(std::size_t at) {
  for (;;) {
    std::size_t least = at;
    for (std::size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap_.size(); ++child) {
      if (before(inputs_[heap_[child]], inputs_[heap_[least]])) least = child;
    }
    if (least == at) return;
    std::swap(heap_[at], heap_[least]);
    at = least;
  }
}

bool MergeStream::next(RowPiece& piece) {
  std::size_t rows = 0;
  while (rows < kStreamRows && !heap_.empty()) {
    Input& input = inputs_[heap_.front()];
    std::size_t count = std::min(input.piece.rows - input.at, kStreamRows - rows);
    if (heap_.size() > 1) {
      const Input& left = inputs_[heap_[1]];
      const bool is_left = heap_.size() == 2 || !before(inputs_[heap_[2]], left);
      // One at least: the other may have the same row.
      count = std::max<std::size_t>(1, rows_before(input, is_left ? left : inputs_[heap_[2]], count));
    }
    bool same = any_;
    for (std::size_t column = 0; column < columns_ && same; ++column)
      same = input.piece.columns[column][input.at] == last_[column];
    const std::size_t from = input.at + (same ? 1 : 0);  // rows of one run differ
    const std::size_t end = input.at + count;
    for (std::size_t column = 0; column < columns_; ++column) {
      const std::uint64_t* const values = input.piece.columns[column];
      std::copy(values + from, values + end, buffer_.columns[column].data() + rows);
      last_[column] = values[end - 1];
    }
    any_ = true;
    rows += end - from;
    if (!advance(input, count)) {
      heap_.front() = heap_.back();
      heap_.pop_back();
    }
    if (heap_.size() > 1) sink(0);
  }
  if (rows == 0) return false;
  piece = buffer_.piece(rows);
  return true;
}

}  // namespace dossier
