// The damage test: a file of a store is damaged at random; what follows is a clear error or the right answer.
// What it promises: README.md. Thread-safety: one thread, before any other has been started (it forks).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace dossier::crash {

// `only`, when not 0: the damage of this number alone. False, with a report on standard error, when a promise
// was broken.
bool run_damage_test(std::uint64_t times, std::uint64_t seed, const std::filesystem::path& folder,
                     std::uint64_t only);

}  // namespace dossier::crash
