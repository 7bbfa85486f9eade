// Names and words in five scripts, for the generator.
//
// Purpose: what makes a generated graph look like one that was collected: people, places, organisations and
// texts in Latin, Chinese, Korean, Cyrillic and Arabic script, each with its language tag and a Latin
// spelling beside it. Invariants: everything depends on the numbers of the Random alone, so a graph is the
// same on every machine. Thread-safety: the tables are constant; a Random belongs to one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dossier::generator {

// Splitmix64. The distributions of <random> differ between standard libraries, so none of them is used.
class Random {
 public:
  // Streams of different (seed, kind, index) are independent: an entity can be described without those before
  // it.
  Random(std::uint64_t seed, std::uint64_t kind, std::uint64_t index)
      : state_(mix(seed + 0x9e3779b97f4a7c15ULL) ^ mix(kind * 0xd1342543de82ef95ULL + index)) {}
  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
  // 0 to bound - 1; `bound` below 2^32.
  std::uint64_t below(std::uint64_t bound) { return ((next() >> 32) * bound) >> 32; }
  bool chance(unsigned percent) { return below(100) < percent; }
  double unit() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }  // inside (0, 1)

  static std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }

 private:
  std::uint64_t state_;
};

enum class Culture : std::uint8_t { latin, chinese, korean, cyrillic, arabic };
inline constexpr std::size_t kCultures = 5;

// A name as its people write it, and in Latin script.
struct Name {
  std::string native;
  std::string latin;
};

std::string_view language(Culture culture, Random& random);  // tag of the native spelling
std::string_view latin_tag(Culture culture);                 // tag of the Latin one

void person_name(Culture culture, Random& random, Name& name);
void place_name(Culture culture, Random& random, unsigned level, Name& name);  // level 0: country ... 3: town
void organisation_name(Culture culture, Random& random, const Name& place, Name& name);
void post_name(Culture culture, Random& random, const Name& organisation, Name& name);
// Appends `words` words; a few words make up most of a text, as in every language.
void text(Culture culture, Random& random, std::size_t words, std::string& out);

}  // namespace dossier::generator
