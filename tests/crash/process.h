// Child processes that are timed, bounded, listened to and killed.
//
// Purpose: run a piece of work where a crash, a hang or a huge allocation ends the child alone.
// Thread-safety: one thread, and no other may run in a process that forks without exec (`Child`).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace dossier::crash {

// How a child ended.
struct Ending {
  int code = -1;   // what `work` returned
  int signal = 0;  // that ended it
  bool timed_out = false;
  std::string text;  // what it wrote
  bool clean() const { return signal == 0 && !timed_out; }
  std::string describe() const;  // "signal 11", "did not end in time", "exit code 3"
};

struct Bounds {
  std::uint64_t address_space = 0;  // bytes; 0: none
  std::uint64_t file_size = 0;      // bytes; a write past it fails with EFBIG. 0: none
  std::chrono::seconds time{60};
};

// Runs `work` in a forked child; what it writes to the descriptor comes back as text.
Ending run_forked(const Bounds& bounds, const std::function<int(int out)>& work);
void write_all(int fd, const std::string& text);
int wait_for(pid_t child, int& signal);  // the exit code

}  // namespace dossier::crash
