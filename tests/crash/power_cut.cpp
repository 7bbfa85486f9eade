#include "tests/crash/power_cut.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/crash/shim.h"

namespace dossier::crash {
namespace {

namespace fs = std::filesystem;
using differential::Random;
using shim::JournalRecord;
using Kind = JournalRecord::Kind;

constexpr std::uint64_t kFirstNumber = std::uint64_t{1} << 62;  // above those of any file system

std::uint64_t inode_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw std::runtime_error("no inode of " + path.string());
  return status.st_ino;
}

struct Entry {
  JournalRecord record;
  std::string name;
  std::string other_name;

  bool concerns(std::uint64_t directory) const {
    return record.directory == directory ||
           (record.kind == Kind::rename && record.other_directory == directory);
  }
};

std::vector<Entry> read_journal(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::uint64_t used = 0;
  in.read(reinterpret_cast<char*>(&used), sizeof used);
  std::string bytes(used - sizeof used, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  std::vector<Entry> entries;
  for (std::size_t at = 0; at < bytes.size();) {
    Entry entry;
    std::memcpy(&entry.record, bytes.data() + at, sizeof entry.record);
    at += sizeof entry.record;
    entry.name = bytes.substr(at, entry.record.name_length);
    at += entry.record.name_length;
    entry.other_name = bytes.substr(at, entry.record.other_name_length);
    at += entry.record.other_name_length;
    entries.push_back(std::move(entry));
  }
  return entries;
}

template <typename Directories>
void change_entries(Directories& directories, const Entry& entry) {
  const JournalRecord& record = entry.record;
  switch (record.kind) {
    case Kind::create:
    case Kind::link:
    case Kind::make_directory:
      directories[record.directory][entry.name] = record.inode;
      break;
    case Kind::remove:
      directories[record.directory].erase(entry.name);
      break;
    case Kind::rename:
      directories[record.directory].erase(entry.name);
      directories[record.other_directory][entry.other_name] = record.inode;
      break;
    default:
      break;
  }
}

// A part of `whole` that did get to the disk: nothing, all, or some.
std::uint64_t part_of(std::uint64_t whole, Random& random) {
  switch (random.below(3)) {
    case 0:
      return 0;
    case 1:
      return whole;
    default:
      return random.below(whole + 1);
  }
}

}  // namespace

PowerCut::PowerCut(fs::path folder, fs::path journal, fs::path graveyard)
    : folder_(std::move(folder)), journal_(std::move(journal)), graveyard_(std::move(graveyard)) {
  fs::remove_all(graveyard_);
  fs::create_directories(graveyard_);
  root_ = enter(folder_);
}

std::uint64_t PowerCut::enter(const fs::path& folder) {
  const std::uint64_t inode = inode_of(folder);
  Entries& entries = before_.directories[inode];
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::uint64_t child = entry.is_directory() ? enter(entry.path()) : inode_of(entry.path());
    if (entry.is_regular_file()) before_.sizes[child] = entry.file_size();
    entries[entry.path().filename().string()] = child;
  }
  return inode;
}

PowerCut::Durable PowerCut::replay(Random& random) const {
  Durable durable = before_;
  std::vector<Entry> pending;  // changes of directories that no sync has made durable, in their order
  // A new file or folder may get the number of a folder that was removed, whose removal may be undone: new
  // numbers.
  std::map<std::uint64_t, std::uint64_t> renumbered;
  std::uint64_t next = kFirstNumber;
  const auto renumber = [&](std::uint64_t& inode) {
    const auto found = renumbered.find(inode);
    if (found != renumbered.end()) inode = found->second;
  };
  for (Entry& entry : read_journal(journal_)) {
    JournalRecord& record = entry.record;
    if (record.kind == Kind::create || record.kind == Kind::make_directory) {
      durable.inodes[next] = record.inode;
      renumbered[record.inode] = next++;
    }
    for (std::uint64_t* inode : {&record.directory, &record.other_directory, &record.inode}) renumber(*inode);
    switch (record.kind) {
      case Kind::sync:
        durable.sizes[record.inode] = std::max(durable.sizes[record.inode], record.size);
        continue;
      case Kind::sync_directory: {
        for (const Entry& change : pending)
          if (change.concerns(record.directory)) change_entries(durable.directories, change);
        std::erase_if(pending, [&](const Entry& change) { return change.concerns(record.directory); });
        continue;
      }
      case Kind::create:
      case Kind::cut_short:
        durable.sizes[record.inode] = 0;
        break;
      case Kind::make_directory:
        durable.directories[record.inode].clear();
        break;
      default:
        break;
    }
    if (record.kind != Kind::cut_short) pending.push_back(std::move(entry));
  }
  std::map<std::uint64_t, std::uint64_t>
      left;  // of each directory, so many pending changes are durable after all
  for (const Entry& entry : pending) ++left[entry.record.directory];
  for (auto& [directory, count] : left) count = part_of(count, random);
  for (const Entry& entry : pending) {
    if (left[entry.record.directory] == 0) continue;
    --left[entry.record.directory];
    change_entries(durable.directories, entry);
  }
  return durable;
}

void PowerCut::restore(const Durable& durable, std::uint64_t directory, const fs::path& to,
                       const std::map<std::uint64_t, fs::path>& files, Random& random) const {
  fs::create_directories(to);
  const auto entries = durable.directories.find(directory);
  if (entries == durable.directories.end()) return;
  for (const auto& [name, inode] : entries->second) {
    if (durable.directories.contains(inode)) {
      restore(durable, inode, to / name, files, random);
      continue;
    }
    const auto real = durable.inodes.find(inode);
    const auto found = files.find(real == durable.inodes.end() ? inode : real->second);
    if (found == files.end()) throw std::runtime_error("the power cut lost sight of the file " + name);
    std::ifstream in(found->second, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const auto size = durable.sizes.find(inode);
    const std::size_t synced =
        std::min(bytes.size(), size == durable.sizes.end() ? 0 : std::size_t{size->second});
    bytes.resize(synced + part_of(bytes.size() - synced, random));
    if (random.chance(25)) {
      // The length got there, the last bytes did not.
      const std::size_t zeros = std::min<std::size_t>(bytes.size() - synced, random.below(4096));
      std::fill(bytes.end() - static_cast<std::ptrdiff_t>(zeros), bytes.end(), '\0');
    }
    std::ofstream(to / name, std::ios::binary) << bytes;
  }
}

void PowerCut::apply(Random& random) const {
  const Durable durable = replay(random);
  std::map<std::uint64_t, fs::path> files;
  for (const fs::path& where : {folder_, graveyard_}) {
    for (const auto& entry : fs::recursive_directory_iterator(where)) {
      if (entry.is_regular_file()) files[inode_of(entry.path())] = entry.path();
    }
  }
  const fs::path left = folder_.string() + ".left";
  fs::remove_all(left);
  restore(durable, root_, left, files, random);
  fs::remove_all(folder_);
  fs::rename(left, folder_);
}

}  // namespace dossier::crash
