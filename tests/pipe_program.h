// A program that is asked through its standard input and answers line by line on its standard output.
//
// Purpose: peers of the tests and of the bars. The program ends with its input, so with the destructor.
// Thread-safety: one thread.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dossier::test {

class PipeProgram {
 public:
  explicit PipeProgram(const std::vector<std::string>& command) {
    int to_child[2];
    int from_child[2];
    // No other child may hold the ends, or this one would never see its input end.
    if (pipe2(to_child, O_CLOEXEC) != 0 || pipe2(from_child, O_CLOEXEC) != 0)
      throw std::runtime_error("no pipe");
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("no process for " + command.at(0));
    if (process_ == 0) {
      dup2(to_child[0], 0);
      dup2(from_child[1], 1);
      std::vector<char*> arguments;
      for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execvp(arguments[0], arguments.data());
      _exit(127);
    }
    close(to_child[0]);
    close(from_child[1]);
    out_ = fdopen(to_child[1], "w");
    in_ = fdopen(from_child[0], "r");
  }
  ~PipeProgram() {
    std::fclose(out_);
    std::fclose(in_);
    waitpid(process_, nullptr, 0);
  }
  PipeProgram(const PipeProgram&) = delete;
  PipeProgram& operator=(const PipeProgram&) = delete;

  void write(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), out_);
    std::fflush(out_);
  }
  // Does its answer begin, or the program end, within that time? To be asked before each line.
  bool answers_within(std::chrono::milliseconds patience) {
    pollfd file{fileno(in_), POLLIN, 0};
    return poll(&file, 1, static_cast<int>(patience.count())) != 0;
  }
  void kill() { ::kill(process_, SIGKILL); }
  // Without its end. Throws when the program has ended.
  std::string read_line() {
    std::string line;
    for (int c = std::fgetc(in_); c != '\n'; c = std::fgetc(in_)) {
      if (c == EOF) throw std::runtime_error("the peer ended");
      line += static_cast<char>(c);
    }
    return line;
  }

 private:
  std::FILE* in_ = nullptr;
  std::FILE* out_ = nullptr;
  int process_ = 0;
};

}  // namespace dossier::test
