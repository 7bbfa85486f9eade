// Who has a store open for writing, as a second writer is told.
//
// Purpose: the file DB/WRITER names the process: its number, when it started and its namespace of process
// numbers. So a mark that a crashed holder left behind, a number that was given to another process since, and
// a number of another container are never taken for the holder. The lock itself is the key-value store's; the
// mark only explains. Thread-safety: free functions.
#pragma once

#include <string>

namespace dossier {

// Says that this process holds the store in the directory. Failing to say it is no error.
void mark_holder(const std::string& directory);
void unmark_holder(const std::string& directory);
// "process 12 (dossier)" or "this process"; empty when the mark names none that lives.
std::string describe_holder(const std::string& directory);

}  // namespace dossier
