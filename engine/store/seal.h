// What a store that was closed looked like: sizes and checksums of its manifest and its logs.
//
// Purpose: a log or a manifest that ends early is what a crash leaves, and an earlier state of the store is
// then right. Of a store that was closed it is damage, which nothing inside these files can tell. So closing
// writes the file DB/SEAL and opening for writing removes it first, both under the store's lock; a store that
// was killed has none. Invariants: a seal is written after what it tells of is durable, and its removal is
// durable before anything changes. A seal that is damaged itself tells nothing. Thread-safety: free
// functions.
#pragma once

#include <string>

namespace dossier {

// Failing to write it is no error: the store is then as one that was killed.
void write_seal(const std::string& directory);
// Throws StorageError when it cannot be removed.
void break_seal(const std::string& directory);
// What is not as the seal says, naming the file; empty: all is, or there is no seal. StorageError (io) when a
// file cannot be read.
std::string seal_problem(const std::string& directory);

}  // namespace dossier
