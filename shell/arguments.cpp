#include "shell/arguments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <vector>

#include "grammar/nearest_word.h"

namespace dossier::shell {
namespace {

constexpr std::array<std::string_view, 10> kFormats = {"table", "json", "xml", "csv",  "tsv",
                                                       "nt",    "ttl",  "nq",  "trig", "rdfxml"};

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
  const std::string_view best = grammar::nearest_word(word, candidates);
  return best.empty() ? std::string() : ", did you mean " + std::string(best) + "?";
}

std::size_t parse_size(std::string_view text) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  double factor = 1;
  if (!unit.empty()) {
    switch (unit.front()) {
      case 'k':
      case 'K':
        factor = 1024.0;
        break;
      case 'm':
      case 'M':
        factor = 1024.0 * 1024;
        break;
      case 'g':
      case 'G':
        factor = 1024.0 * 1024 * 1024;
        break;
      default:
        factor = 0;
    }
    unit.remove_prefix(1);
  }
  if (error != std::errc() || factor == 0 || !unit.empty() || !(number > 0) || number * factor > 9e18)
    throw UsageError("'" + std::string(text) + "' is no size; write for example 512M or 2G");
  return static_cast<std::size_t>(number * factor);
}

std::chrono::milliseconds parse_seconds(std::string_view text) {
  double seconds = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || rest != text.data() + text.size() || !(seconds > 0) || seconds > 1e9)
    throw UsageError("'" + std::string(text) + "' is no number of seconds; write for example 10 or 0.5");
  return std::chrono::milliseconds(std::max<long long>(1, std::llround(seconds * 1000)));
}

Format parse_format(std::string_view text) {
  if (const auto format = format_from_name(text)) return *format;
  std::string names;
  for (const std::string_view name : kFormats) names += (names.empty() ? "" : " ") + std::string(name);
  throw UsageError("there is no format '" + std::string(text) + "'" + did_you_mean(text, kFormats) +
                   "\nThe formats are: " + names);
}

Format parse_input_format(std::string_view text) {
  const Format format = parse_format(text);
  switch (format) {
    case Format::nt:
    case Format::nq:
    case Format::ttl:
    case Format::trig:
    case Format::rdfxml:
    case Format::csv:
    case Format::tsv:
      return format;
    default:
      throw UsageError("'" + std::string(text) +
                       "' is a format of results; RDF is read as nt, nq, ttl, trig or rdfxml, tables as csv or tsv");
  }
}

std::pair<std::string, Term> parse_parameter(std::string_view text) {
  const std::size_t at = text.find('=');
  if (at == std::string_view::npos || at == 0)
    throw UsageError("--param takes NAME=TERM, for example --param who='<http://example.org/chen>', not '" +
                     std::string(text) + "'");
  std::string_view name = text.substr(0, at);
  if (name.front() == '?' || name.front() == '$') name.remove_prefix(1);
  try {
    return {std::string(name), Term::parse(text.substr(at + 1))};
  } catch (const ParseError& error) {
    throw UsageError("the value of --param " + std::string(name) + " is no term: " + error.what());
  }
}

DataFile parse_data_file(const std::string& text) {
  std::error_code ignored;
  const std::size_t at = text.rfind('=');
  if (at == std::string::npos || std::filesystem::exists(text, ignored)) return {{}, text};
  return {text.substr(0, at), text.substr(at + 1)};
}

DataFile parse_named_file(const std::string& text) {
  const std::size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw UsageError("--named takes IRI=FILE, not '" + text + "'");
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string read_text(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };
  std::error_code ignored;
  if (path != "-" && std::filesystem::is_directory(path, ignored))
    throw InputError("cannot read " + path + ": it is a directory");
  const std::unique_ptr<std::FILE, Close> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) throw InputError("cannot read " + path + ": " + std::strerror(errno));
  std::string text;
  std::array<char, 65536> piece{};
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), file.get())) > 0;)
    text.append(piece.data(), n);
  if (std::ferror(file.get())) throw InputError("cannot read " + path + ": " + std::strerror(errno));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace dossier::shell
