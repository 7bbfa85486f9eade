#include "engine/io/text_window.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace dossier::io {
namespace {

bool is_space(int c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// A byte that, right after a dot, makes the dot a part of a name or number.
bool continues_name(int c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == ':' ||
         c == '%' || c == '\\' || c >= 0x80;
}

}  // namespace

TextWindow::TextWindow(ByteSource& source, std::size_t first_bytes, std::size_t max_term_bytes)
    : source_(source), buffer_(std::max<std::size_t>(first_bytes, 8)), max_term_bytes_(max_term_bytes) {
  scanner_.at = scanner_.end = buffer_.data();
  if (looks_at("\xEF\xBB\xBF")) advance(3);
}

void TextWindow::fetch() {
  move_on(start_, buffer_.data(), scanner_.at);
  const auto held = static_cast<std::size_t>(scanner_.end - scanner_.at);
  std::memmove(buffer_.data(), scanner_.at, held);
  scanner_.at = buffer_.data();
  scanner_.end = buffer_.data() + held;
  if (held == buffer_.size()) {
    constexpr std::size_t kQuotesAndTag = 256;
    if (held > max_term_bytes_ + kQuotesAndTag)
      fail(fmt::format("the term that begins here is longer than {} bytes", max_term_bytes_));
    buffer_.resize(buffer_.size() * 2);
  }
  // Filled to the brim: a long token is scanned again once for each doubling, not once for each read of a
  // pipe.
  std::size_t filled = held;
  while (filled < buffer_.size()) {
    const std::size_t count = source_.read(buffer_.data() + filled, buffer_.size() - filled);
    if (count == 0) {
      ended_ = true;
      break;
    }
    filled += count;
  }
  scanner_.at = buffer_.data();
  scanner_.end = buffer_.data() + filled;
}

bool TextWindow::looks_at(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (look(i) != static_cast<unsigned char>(text[i])) return false;
  return true;
}

void TextWindow::skip_space() {
  for (;;) {
    const int c = look();
    if (is_space(c)) {
      ++scanner_.at;
    } else if (c == '#') {
      for (int d = look(); d >= 0 && d != '\n' && d != '\r'; d = look()) ++scanner_.at;
    } else {
      return;
    }
  }
}

void TextWindow::expected(std::string_view what) {
  const int found = look();
  fail(fmt::format("expected {}, {}", what, describe(found)));
}

void TextWindow::skip_string() {
  const int quote = look();
  const bool longer = look(1) == quote && look(2) == quote;
  advance(longer ? 3 : 1);
  for (int c = look(); c >= 0; c = look()) {
    if (c == '\\') {
      advance(look(1) < 0 ? 1 : 2);
    } else if (!longer && (c == quote || c == '\n')) {
      advance(1);
      return;
    } else if (longer && c == quote && look(1) == quote && look(2) == quote) {
      advance(3);
      return;
    } else {
      advance(1);
    }
  }
}

void TextWindow::skip_statement(bool in_graph) {
  bool in_block = false;  // of a graph whose name was bad
  for (int c = look(); c >= 0; c = look()) {
    const int next = look(1);
    if (c == '"' || c == '\'') {
      skip_string();
    } else if (c == '#') {
      skip_space();
    } else if (c == '<' && next != '<') {
      do advance(1);
      while (look() >= 0 && look() != '>' && !is_space(look()));
    } else if ((c == '{' && next == '|') || (c == '|' && next == '}')) {
      advance(2);
    } else if (c == '{' && !in_graph) {
      in_block = true;
      advance(1);
    } else if (c == '}' && in_graph) {
      return;
    } else if (c == '}') {
      advance(1);
      return;
    } else if (c == '.' && !in_block && !continues_name(next)) {
      advance(1);
      return;
    } else {
      advance(1);
    }
  }
}

void TextWindow::move_on(Position& position, const char* from, const char* to) {
  while (const void* newline =
             from < to ? std::memchr(from, '\n', static_cast<std::size_t>(to - from)) : nullptr) {
    from = static_cast<const char*>(newline) + 1;
    ++position.line;
    position.column = 1;
  }
  position.column += column_of(from, to) - 1;
}

TextWindow::Position TextWindow::position(const char* at) const {
  Position position = start_;
  move_on(position, buffer_.data(), at);
  return position;
}

}  // namespace dossier::io
