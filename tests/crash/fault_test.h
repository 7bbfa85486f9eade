// Fault injection: a small scenario is run again and again, each time with another call to the operating
// system failing. What it promises: README.md. Thread-safety: one thread, before any other has been started
// (it forks).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace dossier::crash {

// `some`: so many faults, chosen by the seed; 0: every call with every kind of fault. `only`, when not empty:
// the one that a report named so. False, with a report on standard error, when a promise was broken.
bool run_fault_test(std::uint64_t some, std::uint64_t seed, const std::filesystem::path& folder,
                    const std::string& only);

}  // namespace dossier::crash
