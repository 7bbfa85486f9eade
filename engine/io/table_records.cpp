#include "engine/io/table_records.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace dossier::io {
namespace {

const char* find_byte(const char* from, const char* end, char byte) {
  const void* const found =
      from < end ? std::memchr(from, byte, static_cast<std::size_t>(end - from)) : nullptr;
  return found == nullptr ? end : static_cast<const char*>(found);
}

constexpr std::array<bool, 256> make_stops() {
  std::array<bool, 256> stops{};
  for (const char c : {'"', '\n', '\r'}) stops[static_cast<unsigned char>(c)] = true;
  return stops;
}
constexpr std::array<bool, 256> kStops = make_stops();

// Behind the end of line that stands at `at`: LF, CR LF or CR.
const char* skip_line_end(const char* at, const char* end) {
  if (*at == '\r' && at + 1 < end && at[1] == '\n') ++at;
  return at + 1;
}

// The closing quote of a field, its opening quote at `open`; `end` when it is not closed.
const char* closing_quote(const char* open, const char* end) {
  for (const char* at = open + 1;; at += 2) {
    at = find_byte(at, end, '"');
    if (at == end || at + 1 == end || at[1] != '"') return at;
  }
}

struct RecordEnd {
  const char* at;                  // the end of line, or the end of the text
  const char* unclosed = nullptr;  // the quote that is not closed
};

RecordEnd record_end(const char* start, const char* end, TableShape shape) {
  for (const char* at = start;;) {
    while (at < end && !kStops[static_cast<unsigned char>(*at)]) ++at;
    if (at == end || *at != '"') return {at};
    if (shape.quotes && (at == start || at[-1] == shape.separator)) {
      const char* const close = closing_quote(at, end);
      if (close == end) return {end, at};
      at = close;
    }
    ++at;
  }
}

// The ends of lines from `from` to `to`, in quoted fields too.
std::uint64_t count_line_ends(const char* from, const char* to) {
  std::uint64_t lines = 0;
  for (const char* at = from; at < to; ++at) {
    while (at < to && *at != '\n' && *at != '\r') ++at;
    if (at == to) break;
    ++lines;
    if (*at == '\r' && at + 1 < to && at[1] == '\n') ++at;
  }
  return lines;
}

}  // namespace

std::size_t whole_records(std::string_view text, TableShape shape, TablePlace& place) {
  const char* const end = text.data() + text.size();
  const char* start = text.data();
  for (;;) {
    const RecordEnd found = record_end(start, end, shape);
    // A CR at the very end may be half of an end of line.
    if (found.at == end || (*found.at == '\r' && found.at + 1 == end)) break;
    const char* const next = skip_line_end(found.at, end);
    place.line += count_line_ends(start, next);
    ++place.row;
    start = next;
  }
  return static_cast<std::size_t>(start - text.data());
}

TableRecords::TableRecords(std::string_view text, TableShape shape, TablePlace place, std::size_t most_fields)
    : shape_(shape),
      place_(place),
      most_fields_(most_fields),
      start_(text.data()),
      next_(text.data()),
      end_(text.data() + text.size()) {}

bool TableRecords::next() {
  for (;;) {
    if (!first_) {
      place_.line += count_line_ends(start_, next_);
      ++place_.row;
    }
    first_ = false;
    start_ = next_;
    if (start_ == end_) return false;
    if (*start_ != '\n' && *start_ != '\r') break;
    next_ = skip_line_end(start_, end_);
  }
  read_record();
  return true;
}

void TableRecords::read_record() {
  fields_.clear();
  count_ = 0;
  used_ = 0;
  const char* at = start_;
  const auto fail = [&](const char* where, std::string message) {
    const RecordEnd whole = record_end(start_, end_, shape_);
    const char* stop = whole.at;
    if (whole.unclosed != nullptr)
      for (stop = whole.unclosed; stop < end_ && *stop != '\n' && *stop != '\r';) ++stop;
    next_ = stop == end_ ? end_ : skip_line_end(stop, end_);
    throw SyntaxFault{where, std::move(message)};
  };
  for (;;) {
    const char* const field = at;
    std::string_view text;
    if (shape_.quotes && at < end_ && *at == '"') {
      const char* const close = closing_quote(at, end_);
      if (close == end_)
        fail(field,
             fmt::format("the quotation mark that begins this field is not closed before the end of {}",
                         count_line_ends(field, end_) == 0 ? "the line" : "the text"));
      text = {field + 1, static_cast<std::size_t>(close - field - 1)};
      at = close + 1;
      if (at < end_ && *at != shape_.separator && *at != '\n' && *at != '\r')
        fail(at, fmt::format("expected {} or the end of the line after the closing quotation mark, {}; a "
                             "quotation mark within a "
                             "quoted field is written twice",
                             shape_.separator == '\t' ? "a tab" : fmt::format("'{}'", shape_.separator),
                             describe(static_cast<unsigned char>(*at))));
    } else {
      while (at < end_ && *at != shape_.separator && *at != '\n' && *at != '\r') ++at;
      text = {field, static_cast<std::size_t>(at - field)};
    }
    if (++count_ <= most_fields_) {
      if (text.data() != field &&
          find_byte(text.data(), text.data() + text.size(), '"') != text.data() + text.size()) {
        if (used_ == unescaped_.size()) unescaped_.emplace_back();
        std::string& plain = unescaped_[used_++];
        plain.clear();
        for (std::size_t i = 0; i < text.size(); ++i) {
          plain += text[i];
          if (text[i] == '"') ++i;
        }
        text = plain;
      }
      fields_.push_back({text, field});
    }
    if (at == end_) break;
    if (*at != shape_.separator) {
      next_ = skip_line_end(at, end_);
      return;
    }
    ++at;
  }
  next_ = end_;
}

TableRecords::Position TableRecords::position(const char* at) const {
  Position where{place_.line, 1};
  const char* line_start = start_;
  for (const char* p = start_; p < at; ++p) {
    if (*p != '\n' && *p != '\r') continue;
    if (*p == '\r' && p + 1 < at && p[1] == '\n') continue;
    ++where.line;
    line_start = p + 1;
  }
  where.column = column_of(line_start, at);
  return where;
}

}  // namespace dossier::io
