// The tests that are not run, or run and may fail, each with its reason; and how many tests each folder
// lists.
//
// Purpose: one file says what the suites are not held to (exceptions.txt), one how large they are
// (folders.txt). Lines of exceptions.txt: `FOLDER/NAME not-run REASON` or `FOLDER/NAME open REASON`;
// `FOLDER/*` stands for a whole folder, the folders below it too. An open test runs; when it passes, it must
// leave the file. Lines of folders.txt: `COUNT FOLDER`.
// `#` begins a comment. Errors: std::runtime_error with the line. Thread-safety: values.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace dossier::w3c {

struct Exception {
  enum class Kind { not_run, open };
  Kind kind = Kind::not_run;
  std::string reason;
};

class Exceptions {
 public:
  explicit Exceptions(const std::string& text);
  // Of a test by its id; nullptr: it must pass.
  const Exception* find(const std::string& id) const;
  // Lines that no test asked for.
  std::set<std::string> unused() const;

 private:
  std::map<std::string, Exception> by_pattern_;
  mutable std::set<std::string> used_;
};

std::map<std::string, std::size_t> read_folders(const std::string& text);

}  // namespace dossier::w3c
