// What two stores must agree on: the number of rows of an answer, and a sum over them in which their order
// does not count.
//
// Purpose: every peer of `compare` forms the same sum from what its own interface gives. A cell is an IRI, a
// number by its value to seven digits (true is 1), or any other text; language tags and datatypes are left
// out, since not every interface tells them. Blank nodes count as one. Thread-safety: values.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace dossier::bench {

class RowSum {
 public:
  void cell(std::string_view text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
    byte(0x1F);
  }
  void number(double value) {
    char text[32];
    cell({text, static_cast<std::size_t>(std::snprintf(text, sizeof text, "%.6e", value == 0 ? 0 : value))});
  }
  // A number when all of it reads as one.
  void literal(const std::string& text) {
    if (text == "true" || text == "false") return number(text == "true");
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    const bool digits =
        !text.empty() && (text[0] == '-' || text[0] == '+' || (text[0] >= '0' && text[0] <= '9'));
    if (digits && *end == '\0' && std::isfinite(value)) return number(value);
    cell(text);
  }
  void end_row() {
    sum_ += hash_;
    ++rows_;
    hash_ = kBasis;
  }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t sum() const { return sum_; }

 private:
  // FNV-1a of 64 bits: the peers in other languages form it, too.
  static constexpr std::uint64_t kBasis = 0xCBF29CE484222325;
  void byte(unsigned char value) { hash_ = (hash_ ^ value) * 0x100000001B3; }

  std::uint64_t hash_ = kBasis;
  std::uint64_t sum_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace dossier::bench
