#include "engine/store/new_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "engine/dossier.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, int error) {
  throw StorageError(StorageError::Reason::io, what + ": " + std::strerror(error));
}

void sync_path(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) fail("cannot open " + path, errno);
  const int result = ::fsync(file);
  const int error = errno;
  ::close(file);
  if (result != 0) fail("cannot sync " + path, error);
}

void sync_tree(const std::string& path) {
  std::error_code error;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory()) {
      sync_tree(entry->path().string());
    } else if (entry->is_regular_file()) {
      sync_path(entry->path().string(), 0);
    }
  }
  if (error) fail("cannot read the directory " + path, error.value());
  sync_path(path, O_DIRECTORY);
}

std::string parent_of(const std::string& path) {
  return fs::path(path).parent_path().string();
}

bool same_file(int file, const std::string& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(file, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

}  // namespace

std::string settled_path(const std::string& path) {
  std::error_code error;
  fs::path settled = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) settled = fs::absolute(path).lexically_normal();
  if (!settled.has_filename()) settled = settled.parent_path();
  return settled.string();
}

NewDirectory::NewDirectory(const std::string& path, const std::string& what)
    : NewDirectory(Unlooked{}, path, what) {
  std::error_code error;
  if (!fs::exists(path_, error) || (fs::is_directory(path_, error) && fs::is_empty(path_, error))) return;
  throw StorageError(StorageError::Reason::io,
                     path + " exists and is no empty directory; " + what + " goes into a new one");
}

NewDirectory NewDirectory::beside(const std::string& path, const std::string& what) {
  return {Unlooked{}, path, what};
}

NewDirectory::NewDirectory(NewDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      lock_(std::exchange(other.lock_, -1)) {}

NewDirectory::NewDirectory(Unlooked, const std::string& path, const std::string& what)
    : path_(settled_path(path)), partial_(path_ + ".partial") {
  std::error_code error;
  fs::create_directories(parent_of(path_), error);
  if (error) fail("the directory " + parent_of(path_) + " cannot be made", error.value());
  for (;;) {
    if (::mkdir(partial_.c_str(), 0777) != 0 && errno != EEXIST)
      fail("the directory " + partial_ + " cannot be made", errno);
    lock_ = ::open(partial_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock_ < 0) {
      if (errno == ENOENT) continue;  // its maker has just finished
      fail("the directory " + partial_ + " cannot be opened", errno);
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(std::exchange(lock_, -1));
      throw StorageError(StorageError::Reason::in_use, what + " is being made at " + path +
                                                           " already; wait for it, or choose another place");
    }
    if (same_file(lock_, partial_)) break;
    ::close(std::exchange(lock_, -1));
  }
  fs::remove_all(work(), error);  // of one that was killed
  if (error) fail("cannot remove " + work(), error.value());
}

NewDirectory::~NewDirectory() {
  if (lock_ < 0) return;
  std::error_code ignored;
  fs::remove_all(work(), ignored);
  fs::remove(partial_, ignored);
  ::close(lock_);
}

void NewDirectory::publish() {
  sync_tree(work());
  // Over an empty directory too; one that has been filled meanwhile is an error.
  if (::rename(work().c_str(), path_.c_str()) != 0) fail("cannot rename " + work() + " to " + path_, errno);
  sync_path(parent_of(path_), O_DIRECTORY);
}

void NewDirectory::exchange(const std::string& old) {
  sync_tree(work());
  // The new one takes the old one's future name first, so that the exchange itself is all that a crash can
  // part.
  if (::renameat2(AT_FDCWD, work().c_str(), AT_FDCWD, old.c_str(), RENAME_NOREPLACE) != 0)
    fail("cannot rename " + work() + " to " + old, errno);
  sync_path(parent_of(old), O_DIRECTORY);
  if (::renameat2(AT_FDCWD, old.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0) {
    fail("the directories " + old + " and " + path_ +
             " cannot be exchanged; the former is whole and takes the place of the latter when you rename "
             "them",
         errno);
  }
  sync_path(parent_of(path_), O_DIRECTORY);
}

}  // namespace dossier
