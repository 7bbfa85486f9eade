// Stands between the program and the operating system: makes calls fail, and keeps the journal of a power
// cut.
//
// Purpose: a shared library of the tests that is linked before all others, so that its write, fsync, rename
// ... are those that RocksDB and the engine call. It does nothing until a folder is watched; then it counts
// the calls that change what lies below the folder, makes one of them (or all from one on) fail, or writes
// down what a power cut would leave (power_cut.h reads it). Thread-safety: the intercepted calls from all
// threads; these functions from one, while no other thread works in the folder.
#pragma once

#include <cstdint>
#include <string>

#define SHIM_API __attribute__((visibility("default")))

namespace dossier::crash::shim {

enum class Fault : std::uint8_t {
  none,
  no_space,      // ENOSPC of whatever needs room; removing and shortening succeed
  io_error,      // EIO of whatever changes the disk
  failing_sync,  // EIO of fsync and fdatasync alone
  short_write,   // half of a write is done, the next call that needs room gets ENOSPC
  failing_read,  // EIO of reads
};

// Counts and, once armed, fails the calls below `folder` (an absolute path); an empty one: none.
SHIM_API void watch(const std::string& folder);
// The call of number `nth` from now on (from 0) fails; with `from_then_on`, all later ones too.
SHIM_API void arm(Fault fault, std::uint64_t nth, bool from_then_on);
SHIM_API void disarm();
// Calls that the armed fault could hit, since the arming.
SHIM_API std::uint64_t calls();
// What was made to fail first, as "fsync PATH"; empty: nothing was.
SHIM_API std::string failed_call();

// Writes into the file `journal` what becomes durable when, and keeps what is removed below `folder` in
// `graveyard`, a folder on the same file system, by the numbers of their inodes.
SHIM_API void keep_journal(const std::string& folder, const std::string& journal,
                           const std::string& graveyard);

// A record of the journal; then `name` and `other_name` follow, of these lengths.
struct JournalRecord {
  enum class Kind : std::uint32_t {
    create,
    make_directory,
    remove,
    rename,
    link,
    cut_short,
    sync,
    sync_directory
  };
  Kind kind = Kind::create;
  std::uint32_t name_length = 0;
  std::uint32_t other_name_length = 0;
  std::uint32_t unused = 0;
  std::uint64_t directory = 0;        // inode; of sync_directory: the one synced
  std::uint64_t other_directory = 0;  // rename: where to
  std::uint64_t inode = 0;            // of the file
  std::uint64_t size = 0;             // sync: bytes that are durable now
};
inline constexpr std::size_t kJournalBytes = std::size_t{64} << 20;  // the first 8 bytes: how many are used

}  // namespace dossier::crash::shim
