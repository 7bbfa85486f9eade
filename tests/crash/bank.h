// A bank: a store whose every commit must satisfy an invariant, for tests that write from several threads.
//
// Purpose: kAccounts accounts with balances in the default graph and in three named ones. A transfer moves
// money, counts itself (:bank :counter), books itself in two ledgers, which are graphs, and is noted about by
// a reifier of a triple term. Old transfers are archived: erased and counted. Loads bring items that arrive
// in three graphs at once. What is rolled back, cancelled or broken off would leave a ghost. So each commit
// can be audited by one query: the sum of the balances never changes, the transfers, the notes and both
// ledgers count alike, all arrivals count alike, and there is no ghost. Thread-safety: all threads, each with
// a session of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "engine/dossier.h"

namespace dossier::test {

using Random = std::mt19937_64;

inline constexpr int kAccounts = 64;
inline constexpr std::int64_t kBalance = 1000;  // of each account at first

// Prefixes for queries and updates.
std::string with_prefixes(const std::string& text);
Term bank_term(const std::string& name);

// Makes the accounts, as one commit.
void open_accounts(Session& session);

// What an audit found; by name.
using Audit = std::map<std::string, std::int64_t>;
// One query, in one of several ways of getting at the same numbers.
std::string audit_query(Random& random);
Audit read_audit(Result& result);
// What is wrong with it; empty: nothing.
std::string complaint(const Audit& audit);

// One transfer as a transaction: read, then written quad by quad. Ends before the commit.
void transfer_by_quads(Session& session, Random& random);
// The same as one request of several operations.
std::string transfer_update(Random& random);
// Archives some of the transfers, in a transaction that is open.
void archive(Session& session, int most);
// N-Quads of a batch of items, each arriving in three graphs.
std::string arrivals(std::uint64_t batch, int items, bool blank);
std::string removal_update(std::uint64_t batch);

}  // namespace dossier::test
