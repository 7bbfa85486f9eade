// The kill test: a process that works on a store is killed again and again; nothing acknowledged may be lost.
// What it promises: README.md. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <filesystem>

namespace dossier::crash {

struct KillOptions {
  std::uint64_t kills = 30;
  std::uint64_t seed = 1;
  bool power = false;  // after each kill the power goes too: what was not synced is lost
  std::filesystem::path folder;
};

// False, with a report on standard error, when a promise was broken.
bool run_kill_test(const KillOptions& options);

// The process that is killed: works from operation `first` on and tells the descriptor what it does. Never
// returns 0.
int run_worker(const std::filesystem::path& folder, std::uint64_t seed, std::uint64_t first, bool sync_only,
               bool journal, int out);

}  // namespace dossier::crash
