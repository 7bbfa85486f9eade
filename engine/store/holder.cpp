#include "engine/store/holder.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHolderFile = "WRITER";

struct Process {
  long number = 0;
  std::string started;  // in ticks since the machine's start; no two processes of one number share it
  std::string space;    // the namespace that the number belongs to
  friend bool operator==(const Process&, const Process&) = default;
};

std::string proc(long number, const char* name) {
  return "/proc/" + std::to_string(number) + "/" + name;
}

// The process of this number as it lives now; `started` is empty when there is none.
Process living(long number) {
  Process process{number, {}, {}};
  std::error_code error;
  process.space = fs::read_symlink("/proc/self/ns/pid", error).string();
  std::ifstream file(proc(number, "stat"));
  std::string text;
  std::getline(file, text);
  // The name of the program, in parentheses, may hold blanks and parentheses itself; the start is the 20th
  // word after it.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return process;
  std::istringstream words(text.substr(name_end + 1));
  for (int i = 0; i < 20; ++i) words >> process.started;
  return process;
}

}  // namespace

void mark_holder(const std::string& directory) {
  const Process self = living(getpid());
  std::ofstream(fs::path(directory) / kHolderFile)
      << self.number << ' ' << self.started << ' ' << self.space << '\n';
}

void unmark_holder(const std::string& directory) {
  std::error_code ignored;
  fs::remove(fs::path(directory) / kHolderFile, ignored);
}

std::string describe_holder(const std::string& directory) {
  std::ifstream file(fs::path(directory) / kHolderFile);
  Process marked;
  if (!(file >> marked.number >> marked.started >> marked.space) || living(marked.number) != marked)
    return {};
  if (marked.number == getpid()) return "this process";
  std::ifstream name_file(proc(marked.number, "comm"));
  std::string name;
  std::getline(name_file, name);
  return "process " + std::to_string(marked.number) + (name.empty() ? "" : " (" + name + ")");
}

}  // namespace dossier
