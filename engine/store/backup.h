// Copies of whole stores: backups and what is made of them.
//
// Purpose: a store that is open for writing is copied file by file from a checkpoint; any other, which
// another process may be changing, or which lies in memory, is read key by key through its own opening and
// written as sorted runs. Either way the copy's checksums are read before it gets its name
// (store/new_directory.h), and it shares no file with what it was made of: damage to one does not reach the
// other. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/dossier.h"

namespace dossier {

class KeyValueStore;
class Version;

// `path`: of the store, for messages and to keep the backup out of it.
void back_up(const KeyValueStore& kv, const Version& version, const std::string& path,
             const std::string& directory, const ProgressCallback& progress);
// Takes what is in the log of a store out of it, reads all checksums (CorruptionError) and removes the files
// that only a writer needs: the last step before a copy gets its name.
void settle_copy(const std::string& path,
                 const std::function<void(std::uint64_t done, std::uint64_t total)>& tick);
void restore_backup(const std::string& directory, const std::string& path, const ProgressCallback& progress);

}  // namespace dossier
