// Values of flags: sizes, seconds, `[BASE=]FILE`, `NAME=TERM`, formats, and "did you mean".
//
// Purpose: every flag of DESIGN section 8 that is more than a string is read here, once.
// Errors: UsageError (exit code 2), InputError (exit code 1).
// Thread-safety: free functions.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "engine/dossier.h"

namespace dossier::shell {

// The command line is wrong.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A file of input is missing or unreadable.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "64M" -> 67108864. K, M, G are powers of 1024; a plain number is bytes.
std::size_t parse_size(std::string_view text);
// "1.5" -> 1500 ms.
std::chrono::milliseconds parse_seconds(std::string_view text);
Format parse_format(std::string_view text);
// A format that the readers take: nt, nq, ttl, trig, rdfxml, csv, tsv.
Format parse_input_format(std::string_view text);
std::pair<std::string, Term> parse_parameter(std::string_view text);

struct DataFile {
  std::string iri;  // BASE, or the name of the graph; empty when there is none
  std::string path;
};
// `[BASE=]FILE`: split at the last `=`, unless the whole names an existing file.
DataFile parse_data_file(const std::string& text);
// `IRI=FILE`.
DataFile parse_named_file(const std::string& text);

// The whole of a text file; "-" is standard input.
std::string read_text(const std::string& path);

// ", did you mean X?" for the candidate that is nearest to `word`; empty when none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace dossier::shell
