#include "engine/store/store_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>
#include <thread>

#include "engine/dossier.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr int kStillTries = 5;  // failures after which nothing had changed: the reason is another one
constexpr std::chrono::milliseconds kLongestPause{80};

}  // namespace

std::vector<fs::path> missing_directories(const fs::path& path) {
  std::vector<fs::path> missing;
  std::error_code error;
  for (fs::path at = fs::absolute(path, error).lexically_normal(); !at.empty() && !fs::exists(at, error);
       at = at.parent_path()) {
    if (at.has_filename()) missing.push_back(at);
  }
  return missing;
}

bool holds_nothing(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return false;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name != "LOCK" && name != "IDENTITY" && name != "MANIFEST-000001" && !name.ends_with(".dbtmp"))
      return false;
  }
  return !error;
}

void empty_directory(const std::string& path, const std::string& where) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) fs::create_directories(path, error);
  if (error)
    throw StorageError(StorageError::Reason::io, "the store " + where + ": " + path + ": " + error.message());
}

bool read_pieces(const fs::path& path, const std::function<void(std::string_view)>& take) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return false;
  std::string piece(kReadBytes, '\0');
  ssize_t count = file < 0 ? -1 : 1;
  while (count > 0) {
    count = ::read(file, piece.data(), piece.size());
    if (count < 0 && errno == EINTR)
      count = 1;
    else if (count > 0)
      take(std::string_view(piece).substr(0, static_cast<std::size_t>(count)));
  }
  const int error = errno;
  if (file >= 0) ::close(file);
  if (count < 0)
    throw StorageError(StorageError::Reason::io, path.string() + " cannot be read: " + std::strerror(error));
  return true;
}

std::optional<std::string> read_file(const fs::path& path) {
  std::string bytes;
  if (!read_pieces(path, [&](std::string_view piece) { bytes += piece; })) return std::nullopt;
  return bytes;
}

std::string manifest_name(const std::string& directory) {
  std::ifstream current(fs::path(directory) / "CURRENT");
  std::string name;
  std::getline(current, name);
  return name;
}

std::string manifest_state(const std::string& directory) {
  const std::string name = manifest_name(directory);
  std::error_code error;
  const auto size = fs::file_size(fs::path(directory) / name, error);
  return name + ' ' + (error ? "missing" : std::to_string(size));
}

std::string files_state(const std::string& directory) {
  std::string state = manifest_state(directory) + '\n';
  for (const LogFile& log : log_files(directory)) {
    std::error_code gone;
    const auto size = fs::file_size(log.path, gone);
    if (!gone) state += log.path.filename().string() + ' ' + std::to_string(size) + '\n';
  }
  return state;
}

std::vector<LogFile> log_files(const std::string& directory) {
  std::vector<LogFile> logs;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() != ".log") continue;
    logs.push_back({std::strtoull(at->path().stem().c_str(), nullptr, 10), at->path()});
  }
  std::sort(logs.begin(), logs.end(), [](const LogFile& a, const LogFile& b) { return a.number < b.number; });
  return logs;
}

TemporaryDirectory::TemporaryDirectory(const std::string& where) {
  std::string pattern = (fs::temp_directory_path() / "dossier-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw StorageError(StorageError::Reason::io, "the store " + where +
                                                     ": no directory for temporary files below " +
                                                     fs::temp_directory_path().string() + "; set TMPDIR");
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

bool Patience::pause(bool changed) {
  if (!changed && ++still_ == kStillTries) return false;
  if (std::chrono::steady_clock::now() >= end_) return false;
  std::this_thread::sleep_for(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
  return true;
}

}  // namespace dossier
