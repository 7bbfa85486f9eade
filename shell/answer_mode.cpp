#include "shell/answer_mode.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "engine/io/rdf_reader.h"
#include "shell/arguments.h"

namespace dossier::shell {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"table", "line", "markdown", "csv", "tsv", "json",
                                                         "xml", "ttl", "nt", "nq", "trig", "rdfxml"});

}  // namespace

std::span<const std::string_view> mode_names() {
  return kNames;
}

AnswerMode parse_mode(std::string_view name) {
  if (name == "line" || name == "lines") return {Format::table, TableShape::lines};
  if (name == "markdown" || name == "md") return {Format::table, TableShape::markdown};
  if (const auto format = format_from_name(name)) return {*format, TableShape::table};
  std::string all;
  for (const std::string_view known : kNames) all += fmt::format("{}{}", all.empty() ? "" : ", ", known);
  throw UsageError(
      fmt::format("there is no format '{}'{}; the formats are {}", name, did_you_mean(name, kNames), all));
}

std::string_view mode_name(const AnswerMode& mode) {
  if (mode.format != Format::table || mode.shape == TableShape::table) return format_name(mode.format);
  return mode.shape == TableShape::lines ? "line" : "markdown";
}

std::optional<AnswerMode> mode_of_file(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || path.find('/', dot) != std::string_view::npos) return std::nullopt;
  const std::string_view extension = path.substr(dot + 1);
  if (extension == "md") return AnswerMode{Format::table, TableShape::markdown};
  if (extension == "table") return std::nullopt;
  if (extension == "rdf") return AnswerMode{Format::rdfxml, TableShape::table};
  if (extension == "srj") return AnswerMode{Format::json, TableShape::table};
  if (extension == "srx") return AnswerMode{Format::xml, TableShape::table};
  if (const auto format = format_from_name(extension)) return AnswerMode{*format, TableShape::table};
  return std::nullopt;
}

bool can_write(Result::Kind kind, Format format) {
  if (kind == Result::Kind::triples) return is_rdf_format(format) || format == Format::table;
  return !is_rdf_format(format);
}

AnswerMode default_mode(Result::Kind kind, bool on_terminal) {
  if (kind == Result::Kind::triples) return {Format::ttl, TableShape::table};
  return {on_terminal ? Format::table : Format::tsv, TableShape::table};
}

void require_holds(Result::Kind kind, Format format) {
  if (can_write(kind, format)) return;
  if (kind == Result::Kind::triples)
    throw UsageError(fmt::format(
        "{} cannot hold the triples of CONSTRUCT or DESCRIBE; use ttl, nt, nq, trig, rdfxml or table",
        format_name(format)));
  throw UsageError(fmt::format("{} cannot hold the result of {}; use table, json, xml, csv or tsv",
                               format_name(format), kind == Result::Kind::boolean ? "ASK" : "SELECT"));
}

}  // namespace dossier::shell
