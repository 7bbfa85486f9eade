// Loads files into a store and prints rate, peak memory and bytes a triple.
// Usage: load_bench DB FILE... [--memory BYTES] [--threads N]   (DB must not exist, or is loaded into)
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/store/database.h"
#include "engine/store/loader.h"

int main(int argc, char** argv) {
  std::string path;
  std::vector<dossier::LoadSource> sources;
  dossier::LoadOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--memory" && i + 1 < argc) {
      options.memory_bytes = std::strtoull(argv[++i], nullptr, 10);
    } else if (argument == "--threads" && i + 1 < argc) {
      options.threads = static_cast<unsigned>(std::atoi(argv[++i]));
    } else if (path.empty()) {
      path = argument;
    } else {
      sources.push_back({argument, {}, {}, {}});
    }
  }
  if (sources.empty()) {
    std::fprintf(stderr, "usage: load_bench DB FILE... [--memory BYTES] [--threads N]\n");
    return 2;
  }
  try {
    const auto database = dossier::Database::open(path, {});
    double reading = 0;
    const auto start = std::chrono::steady_clock::now();
    options.progress = [&](const dossier::Progress& progress) {
      if (progress.stage == dossier::Stage::reading) {
        reading = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      }
      return true;
    };
    const auto report = dossier::load(*database, sources, options);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double seconds = report.seconds;
    const auto disk = static_cast<double>(database->kv().disk_bytes());
    std::printf("%llu quads read, %llu added in %.2f s (reading %.2f s, CPU %.2f s), %.0f quads/s\n",
                static_cast<unsigned long long>(report.quads), static_cast<unsigned long long>(report.added),
                seconds, reading,
                static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                    static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
                static_cast<double>(report.quads) / seconds);
    std::printf("peak %.0f MB, disk %.1f MB, %.1f bytes a quad\n",
                static_cast<double>(usage.ru_maxrss) / 1024, disk / 1e6,
                disk / static_cast<double>(database->snapshot()->quads()));
  } catch (const dossier::Error& error) {
    std::fprintf(stderr, "load_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
