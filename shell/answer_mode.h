// How answers are written: for people, or in a format for programs.
//
// Purpose: the names that `.mode` and `--format` take, and which of them can hold an answer. Errors:
// UsageError. Thread-safety: values and free functions.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "engine/dossier.h"
#include "engine/io/table_layout.h"

namespace dossier::shell {

struct AnswerMode {
  Format format = Format::table;
  TableShape shape = TableShape::table;  // of Format::table
  friend bool operator==(const AnswerMode&, const AnswerMode&) = default;
};

// "table", "line", "markdown", and the names of formats.
std::span<const std::string_view> mode_names();
AnswerMode parse_mode(std::string_view name);
std::string_view mode_name(const AnswerMode& mode);
// By the extension of a file ("x.csv", "x.md"); nothing: it says nothing.
std::optional<AnswerMode> mode_of_file(std::string_view path);

bool can_write(Result::Kind kind, Format format);
// `on_terminal`: a person reads it.
AnswerMode default_mode(Result::Kind kind, bool on_terminal);
// Throws UsageError when the format cannot hold a result of this kind.
void require_holds(Result::Kind kind, Format format);

}  // namespace dossier::shell
