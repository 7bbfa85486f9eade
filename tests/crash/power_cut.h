// What a power cut leaves of a folder, from the journal that the shim kept.
//
// Purpose: a killed process loses nothing that it gave to the operating system, a machine without power does.
// What is promised to be there: of a file the bytes up to its last sync; of a directory its entries at its
// last sync. Of what came later a random part: of each directory the first few changes, of each file a piece,
// perhaps with zeros at its end. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "tests/differential/random.h"

namespace dossier::crash {

class PowerCut {
 public:
  // All that lies in `folder` now is durable. To be made before the process that keeps the journal starts.
  PowerCut(std::filesystem::path folder, std::filesystem::path journal, std::filesystem::path graveyard);
  // Once that process is gone: `folder` becomes what is left of it.
  void apply(differential::Random& random) const;

 private:
  using Entries = std::map<std::string, std::uint64_t>;
  struct Durable {
    std::map<std::uint64_t, Entries> directories;
    std::map<std::uint64_t, std::uint64_t> sizes;   // of files
    std::map<std::uint64_t, std::uint64_t> inodes;  // of what got a new number
  };
  std::uint64_t enter(const std::filesystem::path& folder);
  Durable replay(differential::Random& random) const;
  void restore(const Durable& durable, std::uint64_t directory, const std::filesystem::path& to,
               const std::map<std::uint64_t, std::filesystem::path>& files,
               differential::Random& random) const;

  std::filesystem::path folder_;
  std::filesystem::path journal_;
  std::filesystem::path graveyard_;
  std::uint64_t root_ = 0;
  Durable before_;
};

}  // namespace dossier::crash
