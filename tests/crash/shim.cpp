#include "tests/crash/shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace dossier::crash::shim {
namespace {

enum class Class : std::uint8_t { write, create, sync, shrink, remove, read };

constexpr int kMostFiles = 4096;

struct State {
  std::mutex mutex;  // of `failed`, and of what is done and written down together for the journal
  std::string folder;
  std::string failed;
  std::atomic<bool> watching{false};
  std::array<std::atomic<bool>, kMostFiles> inside{};
  std::array<std::string, kMostFiles> paths;

  std::atomic<Fault> fault{Fault::none};
  std::atomic<std::uint64_t> count{0};
  std::uint64_t nth = 0;
  bool from_then_on = false;
  std::atomic<bool> short_write_done{false};

  std::atomic<char*> journal{nullptr};
  std::string graveyard;
};

State& state() {
  static State* const kept = new State;  // outlives every thread and every destructor
  return *kept;
}

template <typename F>
F real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}
#define REAL(name)                                               \
  ([] {                                                          \
    static const auto next_one = real<decltype(&::name)>(#name); \
    return next_one;                                             \
  }())

std::string full_path(int directory, const char* path) {
  if (path[0] == '/') return path;
  std::array<char, PATH_MAX> buffer{};
  if (directory == AT_FDCWD) return std::string(getcwd(buffer.data(), buffer.size())) + '/' + path;
  const std::string link = "/proc/self/fd/" + std::to_string(directory);
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  return std::string(buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size)) + '/' + path;
}

bool is_inside(const std::string& path) {
  const State& s = state();
  return s.watching.load(std::memory_order_acquire) && path.compare(0, s.folder.size(), s.folder) == 0 &&
         (path.size() == s.folder.size() || path[s.folder.size()] == '/');
}
bool is_inside(int fd) {
  return fd >= 0 && fd < kMostFiles && state().watching.load(std::memory_order_acquire) &&
         state().inside[static_cast<std::size_t>(fd)].load(std::memory_order_relaxed);
}
const std::string& path_of(int fd) {
  return state().paths[static_cast<std::size_t>(fd)];
}

bool can_hit(Fault fault, Class what) {
  switch (fault) {
    case Fault::none:
      return false;
    case Fault::no_space:
    case Fault::short_write:
      return what == Class::write || what == Class::create || what == Class::sync;
    case Fault::io_error:
      return what != Class::read;
    case Fault::failing_sync:
      return what == Class::sync;
    case Fault::failing_read:
      return what == Class::read;
  }
  return false;
}

enum class Verdict : std::uint8_t { pass, fail, half };

// Whether this call fails; sets errno then.
Verdict judge(Class what, const char* call, const std::string& path) {
  State& s = state();
  const Fault fault = s.fault.load();
  if (!can_hit(fault, what)) return Verdict::pass;
  const std::uint64_t number = s.count.fetch_add(1);
  // After a short write comes the refusal, whatever call it is that asks for room.
  const bool second = fault == Fault::short_write && s.short_write_done.exchange(false);
  if (!second && (s.from_then_on ? number < s.nth : number != s.nth)) return Verdict::pass;
  {
    const std::lock_guard lock(s.mutex);
    if (s.failed.empty()) {
      s.failed = std::string(call) + ' ' + path;
      if (std::getenv("CRASH_TRACE") != nullptr) std::fprintf(stderr, "fails: %s\n", s.failed.c_str());
    }
  }
  if (fault == Fault::short_write && !second && what == Class::write) {
    s.short_write_done = true;
    return Verdict::half;
  }
  errno = fault == Fault::no_space || fault == Fault::short_write ? ENOSPC : EIO;
  return Verdict::fail;
}

// ---- the journal

std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}
std::string parent_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}
std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool journals() {
  return state().journal.load(std::memory_order_acquire) != nullptr;
}

void append(JournalRecord record, const std::string& name = {}, const std::string& other_name = {}) {
  char* const journal = state().journal.load(std::memory_order_acquire);
  if (journal == nullptr) return;
  record.name_length = static_cast<std::uint32_t>(name.size());
  record.other_name_length = static_cast<std::uint32_t>(other_name.size());
  std::uint64_t used;
  std::memcpy(&used, journal, sizeof used);
  const std::size_t size = sizeof record + name.size() + other_name.size();
  if (used + size > kJournalBytes) {
    std::fputs("crash: the journal is full\n", stderr);
    std::abort();
  }
  char* at = journal + used;
  std::memcpy(at, &record, sizeof record);
  std::memcpy(at + sizeof record, name.data(), name.size());
  std::memcpy(at + sizeof record + name.size(), other_name.data(), other_name.size());
  used += size;
  // A kill between the two leaves the record out, which is a power cut a moment earlier.
  std::memcpy(journal, &used, sizeof used);
}

// Keeps the file at `path` for the case that its removal is undone by the power cut.
void bury(const std::string& path) {
  const std::uint64_t inode = inode_of(path);
  if (inode != 0) REAL(link)(path.c_str(), (state().graveyard + '/' + std::to_string(inode)).c_str());
}

JournalRecord entry(JournalRecord::Kind kind, const std::string& path) {
  JournalRecord record;
  record.kind = kind;
  record.directory = inode_of(parent_of(path));
  record.inode = inode_of(path);
  return record;
}

using Kind = JournalRecord::Kind;

// Runs `call`, and `note` when it has succeeded; together when there is a journal.
template <typename Call, typename Note>
auto noted(bool inside, Call&& call, Note&& note) {
  if (!inside || !journals()) return call();
  const std::lock_guard lock(state().mutex);
  const auto result = call();
  if (result >= 0) note();
  return result;
}

void note_open(int fd, bool inside, const std::string& path) {
  if (fd < 0 || fd >= kMostFiles) return;
  State& s = state();
  if (inside) s.paths[static_cast<std::size_t>(fd)] = path;
  s.inside[static_cast<std::size_t>(fd)].store(inside, std::memory_order_relaxed);
}

int open_file(int directory, const char* given, int flags, mode_t mode) {
  const auto call = [&] { return REAL(openat)(directory, given, flags, mode); };
  if (!state().watching.load(std::memory_order_acquire)) return call();
  const std::string path = full_path(directory, given);
  const bool inside = is_inside(path);
  const bool there = inside && ::access(path.c_str(), F_OK) == 0;
  if (inside && (flags & O_CREAT) != 0 && !there && judge(Class::create, "create", path) != Verdict::pass)
    return -1;
  const int fd = noted(inside, call, [&] {
    if ((flags & O_CREAT) != 0 && !there) {
      append(entry(Kind::create, path), name_of(path));
    } else if ((flags & O_TRUNC) != 0) {
      append(entry(Kind::cut_short, path));
    }
  });
  note_open(fd, inside, path);
  return fd;
}

FILE* open_stream(FILE* (*call)(const char*, const char*), const char* given, const char* mode) {
  if (!state().watching.load(std::memory_order_acquire)) return call(given, mode);
  const std::string path = full_path(AT_FDCWD, given);
  const bool inside = is_inside(path);
  const bool there = inside && ::access(path.c_str(), F_OK) == 0;
  if (inside && mode[0] != 'r' && !there && judge(Class::create, "create", path) != Verdict::pass)
    return nullptr;
  FILE* const file = call(given, mode);
  if (file == nullptr) return file;
  if (inside && mode[0] != 'r') {
    const std::lock_guard lock(state().mutex);
    append(entry(there ? Kind::cut_short : Kind::create, path), name_of(path));
  }
  note_open(::fileno(file), inside, path);
  return file;
}

int sync_file(int fd, const char* name, int (*call)(int)) {
  if (!is_inside(fd)) return call(fd);
  if (judge(Class::sync, name, path_of(fd)) != Verdict::pass) return -1;
  struct stat status {};
  ::fstat(fd, &status);
  return noted(
      true, [&] { return call(fd); },
      [&] {
        JournalRecord record;
        record.kind = S_ISDIR(status.st_mode) ? Kind::sync_directory : Kind::sync;
        record.directory = record.inode = status.st_ino;
        record.size = static_cast<std::uint64_t>(status.st_size);
        append(record);
      });
}

int remove_entry(const std::string& path, int (*call)(int, const char*, int), int directory,
                 const char* given, int flags) {
  const auto go = [&] { return call(directory, given, flags); };
  if (!is_inside(path)) return go();
  if (judge(Class::remove, "remove", path) != Verdict::pass) return -1;
  if (!journals()) return go();
  const std::lock_guard lock(state().mutex);
  const JournalRecord record = entry(Kind::remove, path);
  if (flags == 0) bury(path);
  const int result = go();
  if (result == 0) append(record, name_of(path));
  return result;
}

}  // namespace

void watch(const std::string& folder) {
  State& s = state();
  s.watching = false;
  for (auto& inside : s.inside) inside = false;
  s.folder = folder;
  s.watching = !folder.empty();
}

void arm(Fault fault, std::uint64_t nth, bool from_then_on) {
  State& s = state();
  s.fault = Fault::none;
  s.failed.clear();
  s.nth = nth;
  s.from_then_on = from_then_on;
  s.short_write_done = false;
  s.count = 0;
  s.fault = fault;
}

void disarm() {
  state().fault = Fault::none;
}
std::uint64_t calls() {
  return state().count;
}
std::string failed_call() {
  const std::lock_guard lock(state().mutex);
  return state().failed;
}

void keep_journal(const std::string& folder, const std::string& journal, const std::string& graveyard) {
  State& s = state();
  const int fd = ::open(journal.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  void* memory = MAP_FAILED;
  if (fd >= 0 && ::ftruncate(fd, kJournalBytes) == 0)
    memory = ::mmap(nullptr, kJournalBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    std::perror("crash: the journal");
    std::abort();
  }
  ::close(fd);
  const std::uint64_t used = 8;
  std::memcpy(memory, &used, sizeof used);
  s.graveyard = graveyard;
  watch(folder);
  s.journal = static_cast<char*>(memory);
}

}  // namespace dossier::crash::shim

// ---- the calls themselves

using namespace dossier::crash::shim;  // NOLINT: what follows is outside of every namespace

extern "C" {

#define OPEN_MODE                                  \
  mode_t mode = 0;                                 \
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {      \
    va_list rest;                                  \
    va_start(rest, flags);                         \
    mode = static_cast<mode_t>(va_arg(rest, int)); \
    va_end(rest);                                  \
  }

SHIM_API int open(const char* path, int flags, ...) {
  OPEN_MODE
  return open_file(AT_FDCWD, path, flags, mode);
}
SHIM_API int open64(const char* path, int flags, ...) {
  OPEN_MODE
  return open_file(AT_FDCWD, path, flags, mode);
}
SHIM_API int openat(int directory, const char* path, int flags, ...) {
  OPEN_MODE
  return open_file(directory, path, flags, mode);
}
SHIM_API int openat64(int directory, const char* path, int flags, ...) {
  OPEN_MODE
  return open_file(directory, path, flags, mode);
}
SHIM_API int creat(const char* path, mode_t mode) {
  return open_file(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
SHIM_API FILE* fopen(const char* path, const char* mode) {
  return open_stream(REAL(fopen), path, mode);
}
SHIM_API FILE* fopen64(const char* path, const char* mode) {
  return open_stream(REAL(fopen64), path, mode);
}
SHIM_API int close(int fd) {
  note_open(fd, false, {});
  return REAL(close)(fd);
}

SHIM_API ssize_t write(int fd, const void* bytes, size_t count) {
  if (is_inside(fd)) {
    const Verdict verdict = judge(Class::write, "write", path_of(fd));
    if (verdict == Verdict::fail) return -1;
    if (verdict == Verdict::half) count /= 2;
  }
  return REAL(write)(fd, bytes, count);
}
SHIM_API ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  if (is_inside(fd)) {
    const Verdict verdict = judge(Class::write, "pwrite", path_of(fd));
    if (verdict == Verdict::fail) return -1;
    if (verdict == Verdict::half) count /= 2;
  }
  return REAL(pwrite)(fd, bytes, count, offset);
}
SHIM_API ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
  return pwrite(fd, bytes, count, offset);
}
SHIM_API ssize_t writev(int fd, const iovec* pieces, int count) {
  if (is_inside(fd)) {
    const Verdict verdict = judge(Class::write, "writev", path_of(fd));
    if (verdict == Verdict::fail) return -1;
    if (verdict == Verdict::half) return REAL(write)(fd, pieces[0].iov_base, pieces[0].iov_len / 2);
  }
  return REAL(writev)(fd, pieces, count);
}
SHIM_API int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (is_inside(fd) && judge(Class::write, "fallocate", path_of(fd)) != Verdict::pass) {
    errno = errno == 0 ? ENOSPC : errno;
    return -1;
  }
  return REAL(fallocate)(fd, mode, offset, length);
}
SHIM_API int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  return fallocate(fd, mode, offset, length);
}
SHIM_API int posix_fallocate(int fd, off_t offset, off_t length) {
  if (is_inside(fd) && judge(Class::write, "posix_fallocate", path_of(fd)) != Verdict::pass) return errno;
  return REAL(posix_fallocate)(fd, offset, length);
}

SHIM_API int fsync(int fd) {
  return sync_file(fd, "fsync", REAL(fsync));
}
SHIM_API int fdatasync(int fd) {
  return sync_file(fd, "fdatasync", REAL(fdatasync));
}
SHIM_API int ftruncate(int fd, off_t length) {
  if (is_inside(fd) && judge(Class::shrink, "ftruncate", path_of(fd)) != Verdict::pass) return -1;
  return REAL(ftruncate)(fd, length);
}
SHIM_API int ftruncate64(int fd, off64_t length) {
  return ftruncate(fd, length);
}

SHIM_API int mkdir(const char* given, mode_t mode) {
  const std::string path = full_path(AT_FDCWD, given);
  const bool inside = is_inside(path);
  if (inside && ::access(given, F_OK) != 0 && judge(Class::create, "mkdir", path) != Verdict::pass) return -1;
  return noted(
      inside, [&] { return REAL(mkdir)(given, mode); },
      [&] { append(entry(Kind::make_directory, path), name_of(path)); });
}
SHIM_API int link(const char* from, const char* to) {
  const std::string path = full_path(AT_FDCWD, to);
  const bool inside = is_inside(path);
  if (inside && judge(Class::create, "link", path) != Verdict::pass) return -1;
  return noted(
      inside, [&] { return REAL(link)(from, to); }, [&] { append(entry(Kind::link, path), name_of(path)); });
}
SHIM_API int rename(const char* from, const char* to) {
  const std::string path = full_path(AT_FDCWD, to);
  if (!is_inside(path)) return REAL(rename)(from, to);
  if (judge(Class::remove, "rename", path) != Verdict::pass) return -1;
  if (!journals()) return REAL(rename)(from, to);
  const std::lock_guard lock(state().mutex);
  const std::string old_path = full_path(AT_FDCWD, from);
  bury(path);
  const int result = REAL(rename)(from, to);
  if (result == 0) {
    JournalRecord record;
    record.kind = Kind::rename;
    record.directory = inode_of(parent_of(old_path));
    record.other_directory = inode_of(parent_of(path));
    record.inode = inode_of(path);
    append(record, name_of(old_path), name_of(path));
  }
  return result;
}
SHIM_API int unlinkat(int directory, const char* path, int flags) {
  return remove_entry(full_path(directory, path), REAL(unlinkat), directory, path, flags);
}
SHIM_API int unlink(const char* path) {
  return remove_entry(full_path(AT_FDCWD, path), REAL(unlinkat), AT_FDCWD, path, 0);
}
SHIM_API int rmdir(const char* path) {
  return remove_entry(full_path(AT_FDCWD, path), REAL(unlinkat), AT_FDCWD, path, AT_REMOVEDIR);
}
SHIM_API int remove(const char* path) {
  struct stat status {};
  if (::lstat(path, &status) != 0) return -1;
  return S_ISDIR(status.st_mode) ? rmdir(path) : unlink(path);
}

SHIM_API ssize_t pread(int fd, void* out, size_t count, off_t offset) {
  if (is_inside(fd) && judge(Class::read, "pread", path_of(fd)) != Verdict::pass) return -1;
  return REAL(pread)(fd, out, count, offset);
}
SHIM_API ssize_t pread64(int fd, void* out, size_t count, off64_t offset) {
  return pread(fd, out, count, offset);
}
SHIM_API ssize_t read(int fd, void* out, size_t count) {
  if (is_inside(fd) && judge(Class::read, "read", path_of(fd)) != Verdict::pass) return -1;
  return REAL(read)(fd, out, count);
}
SHIM_API size_t fread_unlocked(void* out, size_t size, size_t count, FILE* file) {
  const int fd = ::fileno(file);
  if (is_inside(fd) && judge(Class::read, "fread", path_of(fd)) != Verdict::pass) {
    // A FILE has no way to set its error from outside but a read that fails: one into nowhere.
    file->_flags |= 0x20;  // what ferror() tests
    return 0;
  }
  return REAL(fread_unlocked)(out, size, count, file);
}
}  // extern "C"
