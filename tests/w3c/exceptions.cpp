#include "tests/w3c/exceptions.h"

#include <sstream>
#include <stdexcept>

namespace dossier::w3c {
namespace {

// Calls `take` with each line that says something, and its number.
template <typename Take>
void for_each_line(const std::string& text, Take take) {
  std::istringstream in(text);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number)
    if (line.find_first_not_of(' ') != std::string::npos && line[0] != '#') take(line, number);
}

}  // namespace

Exceptions::Exceptions(const std::string& text) {
  for_each_line(text, [&](const std::string& line, int number) {
    std::istringstream words(line);
    std::string pattern;
    std::string kind;
    Exception exception;
    words >> pattern >> kind >> std::ws;
    std::getline(words, exception.reason);
    const std::string where = "line " + std::to_string(number) + " of the exceptions: ";
    if (kind != "not-run" && kind != "open") throw std::runtime_error(where + "expected not-run or open");
    if (exception.reason.empty()) throw std::runtime_error(where + "there is no reason");
    exception.kind = kind == "open" ? Exception::Kind::open : Exception::Kind::not_run;
    if (!by_pattern_.emplace(pattern, exception).second)
      throw std::runtime_error(where + "it is there twice");
  });
}

const Exception* Exceptions::find(const std::string& id) const {
  auto at = by_pattern_.find(id);
  for (std::size_t slash = id.rfind('/'); at == by_pattern_.end() && slash != std::string::npos && slash > 0;
       slash = id.rfind('/', slash - 1))
    at = by_pattern_.find(id.substr(0, slash) + "/*");
  if (at == by_pattern_.end()) return nullptr;
  used_.insert(at->first);
  return &at->second;
}

std::set<std::string> Exceptions::unused() const {
  std::set<std::string> patterns;
  for (const auto& [pattern, exception] : by_pattern_)
    if (used_.count(pattern) == 0) patterns.insert(pattern);
  return patterns;
}

std::map<std::string, std::size_t> read_folders(const std::string& text) {
  std::map<std::string, std::size_t> folders;
  for_each_line(text, [&](const std::string& line, int number) {
    std::istringstream words(line);
    std::size_t count = 0;
    std::string folder;
    if (!(words >> count >> folder))
      throw std::runtime_error("line " + std::to_string(number) + " of the folders: expected COUNT FOLDER");
    folders[folder] = count;
  });
  return folders;
}

}  // namespace dossier::w3c
