// Where the readers' bytes come from: files (plain, gzip, zstd, told apart by their first bytes), standard
// input, memory.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "engine/io/rdf_reader.h"

namespace dossier {
namespace {

constexpr std::size_t kInputBytes = std::size_t{256} << 10;

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw DataError(fmt::format("{}: {}", name, what), name);
}

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view text) : text_(text) {}
  std::size_t read(char* data, std::size_t size) override {
    const std::size_t count = std::min(size, text_.size() - at_);
    if (count != 0) std::memcpy(data, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return at_; }
  std::uint64_t total() const override { return text_.size(); }
  bool compressed() const override { return false; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// The bytes as they lie in the file. What was looked at to tell the format is read again first.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path) : name_(path) {
    if (path == "-") {
      name_ = "standard input";
      descriptor_ = STDIN_FILENO;
    } else {
      descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (descriptor_ < 0) fail(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
      owned_ = true;
      struct stat status {};
      if (::fstat(descriptor_, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
          ::close(descriptor_);
          fail(path, "is a directory; name the files in it");
        }
        if (S_ISREG(status.st_mode)) total_ = static_cast<std::uint64_t>(status.st_size);
      }
    }
    try {
      while (ahead_size_ < ahead_.size()) {
        const std::size_t count = read_descriptor(ahead_.data() + ahead_size_, ahead_.size() - ahead_size_);
        if (count == 0) break;
        ahead_size_ += count;
      }
    } catch (...) {
      if (owned_) ::close(descriptor_);
      throw;
    }
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override {
    if (owned_) ::close(descriptor_);
  }

  bool begins_with(std::string_view magic) const {
    return std::string_view(ahead_.data(), ahead_size_).starts_with(magic);
  }
  const std::string& name() const { return name_; }

  std::size_t read(char* data, std::size_t size) override {
    if (ahead_at_ < ahead_size_) {
      const std::size_t count = std::min(size, ahead_size_ - ahead_at_);
      std::memcpy(data, ahead_.data() + ahead_at_, count);
      ahead_at_ += count;
      consumed_ += count;
      return count;
    }
    const std::size_t count = read_descriptor(data, size);
    consumed_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return consumed_; }
  std::uint64_t total() const override { return total_; }
  bool compressed() const override { return false; }

 private:
  std::size_t read_descriptor(char* data, std::size_t size) {
    for (;;) {
      const ssize_t count = ::read(descriptor_, data, size);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) fail(name_, fmt::format("cannot be read: {}", std::strerror(errno)));
    }
  }

  std::string name_;
  int descriptor_ = -1;
  bool owned_ = false;
  std::uint64_t total_ = 0;
  std::uint64_t consumed_ = 0;
  std::array<char, 4> ahead_{};
  std::size_t ahead_size_ = 0;
  std::size_t ahead_at_ = 0;
};

// What both decompressors share: the file below and its input buffer.
class CompressedSource : public ByteSource {
 public:
  explicit CompressedSource(std::unique_ptr<FileSource> file) : file_(std::move(file)), input_(kInputBytes) {}
  std::uint64_t consumed() const override { return file_->consumed(); }
  std::uint64_t total() const override { return file_->total(); }
  bool compressed() const override { return true; }

 protected:
  std::unique_ptr<FileSource> file_;
  std::vector<char> input_;
};

class GzipSource final : public CompressedSource {
 public:
  explicit GzipSource(std::unique_ptr<FileSource> file) : CompressedSource(std::move(file)) {
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;
  ~GzipSource() override { inflateEnd(&stream_); }

  std::size_t read(char* data, std::size_t size) override {
    size = std::min<std::size_t>(size, std::size_t{1} << 30);
    stream_.next_out = reinterpret_cast<Bytef*>(data);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0 && !refill()) {
        if (in_member_) fail(file_->name(), "the gzip data ends too early: the file is truncated");
        return 0;
      }
      if (!in_member_ && !begin_member()) return 0;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) {
        in_member_ = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail(file_->name(), fmt::format("the gzip data is damaged: {}",
                                        stream_.msg != nullptr ? stream_.msg : "no reason given"));
      }
    }
    return size - stream_.avail_out;
  }

 private:
  bool refill() {
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(file_->read(input_.data(), input_.size()));
    return stream_.avail_in != 0;
  }

  // After a member comes another one, or padding of zeros up to the end.
  bool begin_member() {
    while (!first_ && *stream_.next_in == 0) {
      ++stream_.next_in;
      --stream_.avail_in;
      if (stream_.avail_in == 0 && !refill()) return false;
    }
    if (!first_) inflateReset(&stream_);
    first_ = false;
    in_member_ = true;
    return true;
  }

  z_stream stream_{};
  bool in_member_ = false;
  bool first_ = true;
};

class ZstdSource final : public CompressedSource {
 public:
  explicit ZstdSource(std::unique_ptr<FileSource> file)
      : CompressedSource(std::move(file)), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ZstdSource(const ZstdSource&) = delete;
  ZstdSource& operator=(const ZstdSource&) = delete;
  ~ZstdSource() override { ZSTD_freeDStream(stream_); }

  std::size_t read(char* data, std::size_t size) override {
    ZSTD_outBuffer out{data, size, 0};
    while (out.pos == 0) {
      // With room left in the last output, the decoder holds nothing back: only new input can bring more.
      if (in_.pos == in_.size && drained_) {
        in_ = {input_.data(), file_->read(input_.data(), input_.size()), 0};
        if (in_.size == 0) {
          if (in_frame_) fail(file_->name(), "the zstd data ends too early: the file is truncated");
          return 0;
        }
      }
      const std::size_t status = ZSTD_decompressStream(stream_, &out, &in_);
      if (ZSTD_isError(status) != 0)
        fail(file_->name(), fmt::format("the zstd data is damaged: {}", ZSTD_getErrorName(status)));
      in_frame_ = status != 0;
      drained_ = out.pos < out.size || !in_frame_;
    }
    return out.pos;
  }

 private:
  ZSTD_DStream* stream_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool in_frame_ = false;
  bool drained_ = true;
};

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  auto file = std::make_unique<FileSource>(path);
  if (file->begins_with("\x1F\x8B")) return std::make_unique<GzipSource>(std::move(file));
  if (file->begins_with("\x28\xB5\x2F\xFD")) return std::make_unique<ZstdSource>(std::move(file));
  return file;
}

std::unique_ptr<ByteSource> memory_source(std::string_view text) {
  return std::make_unique<MemorySource>(text);
}

}  // namespace dossier
