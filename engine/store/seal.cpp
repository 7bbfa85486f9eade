#include "engine/store/seal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/dossier.h"
#include "engine/store/store_files.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSealFile = "SEAL";

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~Descriptor() {
    if (file_ >= 0) ::close(file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return file_; }

 private:
  int file_;
};

// "NAME SIZE CHECKSUM"; nothing when there is no such file.
std::optional<std::string> line_of(const fs::path& path) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::uint64_t size = 0;
  const bool there = read_pieces(path, [&](std::string_view piece) {
    XXH3_64bits_update(state.get(), piece.data(), piece.size());
    size += piece.size();
  });
  if (!there) return std::nullopt;
  return fmt::format("{} {} {:016x}", path.filename().string(), size, XXH3_64bits_digest(state.get()));
}

std::string sum_of(const std::string& text) {
  return fmt::format("{:016x}\n", XXH3_64bits(text.data(), text.size()));
}

}  // namespace

void write_seal(const std::string& directory) try {
  std::vector<fs::path> files = {fs::path(directory) / "CURRENT",
                                 fs::path(directory) / manifest_name(directory)};
  for (const LogFile& log : log_files(directory)) files.push_back(log.path);
  std::string text;
  for (const fs::path& path : files) {
    const auto line = line_of(path);
    if (!line) return;
    text += *line + '\n';
  }
  text += sum_of(text);
  const fs::path made = fs::path(directory) / (std::string(kSealFile) + ".new");
  std::error_code ignored;
  {
    const Descriptor file(made, O_WRONLY | O_CREAT | O_TRUNC);
    const bool written = file.get() >= 0 &&
                         ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fsync(file.get()) == 0;
    if (!written) {
      fs::remove(made, ignored);
      return;
    }
  }
  fs::rename(made, fs::path(directory) / kSealFile, ignored);
} catch (const StorageError&) {
  // What cannot be read is not sealed.
}

void break_seal(const std::string& directory) {
  const auto fail = [&](const std::string& what) {
    throw StorageError(StorageError::Reason::io, "the store " + directory + ": its file SEAL: " + what);
  };
  std::error_code error;
  const bool removed = fs::remove(fs::path(directory) / kSealFile, error);
  if (error) fail(error.message());
  if (!removed) return;
  const Descriptor folder(directory, O_RDONLY | O_DIRECTORY);
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) fail(std::strerror(errno));
}

std::string seal_problem(const std::string& directory) {
  std::string text = read_file(fs::path(directory) / kSealFile).value_or("");
  constexpr std::size_t kSum = 17;
  if (text.size() < kSum) return {};
  const std::string sum = text.substr(text.size() - kSum);
  text.resize(text.size() - kSum);
  if (sum_of(text) != sum) return {};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find(' '));
    const auto now = line_of(fs::path(directory) / name);
    if (!now) return "its file " + name + " is missing";
    if (*now != line) return "its file " + name + " is not as it was when the store was closed";
  }
  return {};
}

}  // namespace dossier
