// What Tab offers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dossier::shell {

struct Completion {
  std::string text;  // stands in for the word at hand
  std::string note;  // shown beside it in a list: how many there are
};

struct Completions {
  std::size_t begin = 0;               // where the word at hand begins, in bytes of the line
  std::vector<Completion> candidates;  // the best first
  bool names_files = false;            // of files and folders, by Readline
  std::string behind = " ";            // what follows a single candidate
  std::size_t left_out = 0;            // candidates beyond these
};

}  // namespace dossier::shell
