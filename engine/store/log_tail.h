// Where a log or a manifest of RocksDB is torn.
//
// Purpose: after a loss of power a file may be as long as it was to be, with zeros in the place of its last
// bytes. RocksDB takes the record with them for damage, as anywhere else. When all records before it are
// good, and the zeros that begin inside of it go on to the end of the file, it is what was not written yet,
// and the file ends before it. Source: RocksDB, Write Ahead Log File Format (blocks of 32 KB; a record is a
// checksum, a length, a kind and its bytes, and goes on in the next block when it does not fit), which
// manifests have too. Thread-safety: free functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace dossier {

// How many bytes of the file are to be read; nothing: all, be they good or damaged. StorageError (io) when it
// cannot be read.
std::optional<std::uint64_t> torn_end(const std::filesystem::path& path);

}  // namespace dossier
