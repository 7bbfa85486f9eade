// A program that is asked through its standard input and answers line by line on its standard output.
//
// Purpose: peers of the tests and of the bars. The program ends with its input, so with the destructor.
// Thread-safety: one thread.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

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
    if (pipe(to_child) != 0 || pipe(from_child) != 0) throw std::runtime_error("no pipe");
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("no process for " + command.at(0));
    if (process_ == 0) {
      dup2(to_child[0], 0);
      dup2(from_child[1], 1);
      for (const int file : {to_child[0], to_child[1], from_child[0], from_child[1]}) close(file);
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
