// A key-value store in memory, of the tests' own.
//
// Purpose: a second implementation of engine/store/kv.h. It holds the interface narrow; it shows that the
// engine needs nothing of RocksDB but what the interface promises; and every line of it is compiled with the
// sanitizers, which Debian's RocksDB is not. It is strict where the interface makes demands: keys of a run
// that do not ascend, a run that is finished empty and runs that overlap are std::logic_error. Invariants: a
// family is a balanced tree whose nodes never change (a treap: the hash of a key is its priority); a write
// makes new nodes on the way to the root and publishes the roots of all families at once. So a snapshot is an
// array of roots, and a cursor that has one takes no lock. Thread-safety: as KeyValueStore. `sync`, caches
// and read-ahead mean nothing here.
#pragma once

#include <memory>

#include "engine/store/kv.h"

namespace dossier::test {

std::shared_ptr<KeyValueStore> make_memory_kv();

}  // namespace dossier::test
