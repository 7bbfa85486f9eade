// 64-bit ids of terms.
//
// Purpose: the engine works on ids; a term is decoded only when it leaves the engine. The top four bits are the tag, the
// other sixty the payload. Ids of the dictionary hold a counter given out in order of arrival, one counter for all
// tags; inline ids hold the value itself.
// Invariants:
//  - Equal ids mean equal terms; two ids of stored terms that differ mean different terms (a value that can be inline is
//    never in the dictionary; a computed term that is stored has its stored id, see LocalTerms).
//  - An inline id is given only where the lexical form comes back exactly.
//  - Within one inline tag of a numeric, date or time type (not `gregorian` across its kinds) the order of ids is the order
//    of values; values that are equal may have several ids next to each other (1.5 and 1.50).
// Frozen: tags and payloads are part of the format on disk (store/format.h).
// Thread-safety: values.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace dossier {

enum class Tag : std::uint8_t {
  special = 0,    // payload 0: unbound; 1: the default graph
  iri = 1,        // dictionary: payload is the counter
  blank = 2,      // dictionary: has no bytes, its label is "b" and the counter
  literal = 3,    // dictionary
  triple = 4,     // dictionary: its three ids stand in the relation of triple terms
  local = 5,      // a term of one query that the store lacks: index in the query's LocalTerms
  string = 6,     // xsd:string of up to 7 bytes without NUL: 56 bits big-endian, zero-padded, then its length (4 bits)
  integer = 7,    // xsd:integer in canonical form: value + 2^59
  decimal = 8,    // xsd:decimal `-?(0|[1-9][0-9]*)(\.[0-9]{1,8})?`: value * 10^8 + 2^55 (56 bits), then the number of fraction
                  // digits (4 bits); never a negative zero
  double_ = 9,    // xsd:double in canonical form (1.5E0, INF, -INF; never NaN or -0), order-preserving bits >> 4, the
                  // dropped ones zero
  boolean = 10,   // `true` and `false` only: 1 and 0
  date = 11,      // xsd:date: start in UTC, minutes since 0000-01-01 + 2^48 (49 bits), then the zone (11 bits)
  date_time = 12, // xsd:dateTime: UTC milliseconds since 0000-01-01 (47 bits), zone (11 bits), fraction digits 0 to 3 (2 bits)
  gregorian = 13, // gYear, gYearMonth, gMonth, gMonthDay, gDay: kind (3 bits), start in UTC as minutes (46 bits, biased), zone (11)
  time = 14,      // xsd:time: UTC milliseconds of 1972-12-31 + 2^40, zone (11 bits), fraction digits (2 bits)
};
// The zone of date and time ids: 0 none, 1 the letter Z, else minutes + 842 (a zone of zero minutes is only ever Z).

struct Id {
  std::uint64_t bits = 0;

  static constexpr int kTagShift = 60;
  static constexpr std::uint64_t kPayloadMask = (std::uint64_t{1} << kTagShift) - 1;

  static constexpr Id make(Tag tag, std::uint64_t payload) {
    return Id{(static_cast<std::uint64_t>(tag) << kTagShift) | payload};
  }
  constexpr Tag tag() const { return static_cast<Tag>(bits >> kTagShift); }
  constexpr std::uint64_t payload() const { return bits & kPayloadMask; }
  constexpr bool is_bound() const { return bits != 0; }
  constexpr bool in_dictionary() const { return tag() >= Tag::iri && tag() <= Tag::triple; }
  constexpr bool is_local() const { return tag() == Tag::local; }
  constexpr bool is_inline() const { return tag() >= Tag::string; }

  friend constexpr auto operator<=>(Id, Id) = default;
};

inline constexpr Id kUnbound{0};
inline constexpr Id kDefaultGraph{1};
inline constexpr Id kMinId{0};
inline constexpr Id kMaxId{~std::uint64_t{0}};

// A 64-bit finaliser (xorshift-multiply), good enough for open addressing with masks.
constexpr std::uint64_t hash_id(Id id) {
  std::uint64_t h = id.bits;
  h ^= h >> 32;
  h *= 0x9E3779B97F4A7C15ULL;
  h ^= h >> 29;
  h *= 0xBF58476D1CE4E5B9ULL;
  h ^= h >> 32;
  return h;
}

}  // namespace dossier

template <>
struct std::hash<dossier::Id> {
  std::size_t operator()(dossier::Id id) const noexcept { return dossier::hash_id(id); }
};
