// The program that shows long answers page by page.
//
// Purpose: starts $PAGER, or else `less` with settings under which it leaves short texts alone, keeps them on
// the screen and takes colours; hands it a pipe. An empty PAGER, `cat`, or none on the machine: no pager.
// Invariants: the destructor closes the pipe and waits until the pager has ended. Thread-safety: main thread
// only.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string_view>

namespace dossier::shell {

class Pager {
 public:
  // Null: there is none.
  static std::unique_ptr<Pager> start();
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;
  int descriptor() const { return pipe_; }

 private:
  Pager(int pipe, pid_t process) : pipe_(pipe), process_(process) {}

  int pipe_;
  pid_t process_;
};

// Lines that the text takes on a screen so wide, escape sequences of colours not counted.
std::size_t lines_on_screen(std::string_view text, std::size_t columns);

}  // namespace dossier::shell
