// The directory of a store as the file system shows it: names and sizes, nothing of what is in the files.
//
// Purpose: what opening a store must know before RocksDB looks at it, and while another process writes.
// Thread-safety: free functions, and values of one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dossier {

// The directories of `path` that do not exist yet, the outermost last.
std::vector<std::filesystem::path> missing_directories(const std::filesystem::path& path);
// Whether the directory is empty, or holds what the making of a store leaves when it is cut short before
// there is one.
bool holds_nothing(const std::filesystem::path& path);
// Removes what the directory holds; makes it when it is not there. StorageError that names the store `where`.
void empty_directory(const std::string& path, const std::string& where);

// Hands on what the file holds, a megabyte at once; false when it is not there. StorageError (io) when it
// cannot be read.
bool read_pieces(const std::filesystem::path& path, const std::function<void(std::string_view)>& take);
// The same at once; nothing when it is not there.
std::optional<std::string> read_file(const std::filesystem::path& path);
// The manifest that CURRENT names; empty: none.
std::string manifest_name(const std::string& directory);
// Which manifest is current, and how long it is: it grows or is replaced before any file is deleted.
std::string manifest_state(const std::string& directory);
// The manifest's state and how long the logs are: commits go into a log and leave the manifest as it is.
std::string files_state(const std::string& directory);

struct LogFile {
  std::uint64_t number = 0;
  std::filesystem::path path;
};
// The logs in the order of their numbers.
std::vector<LogFile> log_files(const std::string& directory);

// A directory on disk that is removed with its owner.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& where);  // StorageError that names the store `where`
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Sleeps between tries to open beside a writer that changes its files, until there is no more use in trying.
// Short pauses serve better than long ones: what counts is that one opening falls between two changes.
class Patience {
 public:
  // `changed`: whether the files changed during the last try.
  bool pause(bool changed);

 private:
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::chrono::milliseconds pause_{5};
  int still_ = 0;
};

}  // namespace dossier
