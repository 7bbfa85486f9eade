// labels_bench: what the index of names costs and gives, on a store that is there.
//
//   labels_bench DB NAME...
//
// Purpose: makes the index anew, prints its time and size, then searches each name five times and prints the median, also of
// the prefix search that a completion asks for. Thread-safety: one thread.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "engine/dossier.h"

namespace {

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

template <typename F>
double median_ms(F&& run) {
  std::array<double, 5> times{};
  for (double& time : times) {
    const double start = processor_seconds();
    run();
    time = (processor_seconds() - start) * 1000;
  }
  std::sort(times.begin(), times.end());
  return times[2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: labels_bench DB NAME...\n");
    return 2;
  }
  dossier::OpenOptions options;
  options.create = false;
  auto store = dossier::Store::open(argv[1], options);
  auto session = store.session();
  const double start = processor_seconds();
  store.index_labels();
  const double seconds = processor_seconds() - start;
  const auto report = store.label_index();
  fmt::print("index: {} names, {:.2f} s on the processor, {:.1f} bytes a name before compression\n", report->labels,
             seconds, static_cast<double>(report->bytes) / static_cast<double>(report->labels));
  for (int i = 2; i < argc; ++i) {
    dossier::LabelOptions all;
    std::size_t hits = 0;
    const double ms = median_ms([&] { hits = session.find_labels(argv[i], all).size(); });
    dossier::LabelOptions prefix;
    prefix.weakest = dossier::LabelMatch::prefix;
    const double prefix_ms = median_ms([&] { session.find_labels(argv[i], prefix); });
    fmt::print("{}: {:.1f} ms, {} hits; by prefix alone {:.1f} ms\n", argv[i], ms, hits, prefix_ms);
  }
}
