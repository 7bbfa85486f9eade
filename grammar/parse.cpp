#include "grammar/parse.h"

#include <algorithm>
#include <tuple>

#include "grammar/advice.h"
#include "grammar/built_in.h"
#include "grammar/characters.h"
#include "grammar/known_prefixes.h"
#include "grammar/nearest_word.h"
#include "grammar/rules.h"

namespace dossier::grammar {
namespace {

// Columns of text shown around an error; longer lines are cut on both sides.
constexpr std::size_t kShown = 100;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string report(std::string_view text, std::size_t offset, std::size_t line, std::size_t column,
                   const std::string& message, const std::string& expected) {
  std::string out =
      "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + message + "\n";
  offset = std::min(offset, text.size());
  std::size_t begin = offset;
  while (begin > 0 && text[begin - 1] != '\n' && text[begin - 1] != '\r') --begin;
  std::size_t end = offset;
  while (end < text.size() && text[end] != '\n' && text[end] != '\r') ++end;
  const bool cut_left = offset - begin > kShown;
  if (cut_left) {
    begin = offset - kShown / 2;
    while (begin < offset && continues(text[begin])) ++begin;
  }
  const bool cut_right = end - offset > kShown;
  if (cut_right) {
    end = offset + kShown / 2;
    while (end > offset && continues(text[end])) --end;
  }
  out += "  ";
  if (cut_left) out += "...";
  out += text.substr(begin, end - begin);
  if (cut_right) out += "...";
  out += "\n  ";
  if (cut_left) out += "   ";
  for (std::size_t i = begin; i < offset; ++i) {
    if (!continues(text[i])) out += text[i] == '\t' ? '\t' : ' ';
  }
  out += "^";
  if (!expected.empty()) out += "\nexpected " + expected;
  return out;
}

std::string upper_case(std::string_view word) {
  std::string upper(word);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c;
  return upper;
}

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
  return lower;
}

bool is_keyword(std::string_view expected) {
  return std::all_of(expected.begin(), expected.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

std::string in_words(const std::vector<char const*>& expected) {
  constexpr std::size_t kMost = 12;
  std::vector<std::string> words;
  const auto has = [&](std::string_view what) {
    return std::find(expected.begin(), expected.end(), what) != expected.end();
  };
  // Where any term may stand, say so instead of naming its kinds.
  const bool any_term = has("an IRI") && has("a number") && has("a string");
  if (any_term) words.emplace_back(has("a variable") ? "a variable or a term" : "a term");
  for (const std::string_view what : expected) {
    if (any_term &&
        (what == "an IRI" || what == "a number" || what == "a string" || what == "true or false" ||
         what == "a variable" || what == "a blank node" || what == "()")) {
      continue;
    }
    const bool description = is_letter(static_cast<unsigned char>(what.front())) && what.front() >= 'a';
    std::string word = description || is_keyword(what) || what.front() == '\''
                           ? std::string(what)
                           : "'" + std::string(what) + "'";
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  // A long list is cut: what closes or names the thing at hand comes first then.
  if (words.size() > kMost) {
    std::stable_partition(words.begin(), words.end(), [](const std::string& word) {
      return word == "'}'" || word == "')'" || word == "AS" || word == "','" || word == "the end of the text";
    });
  }
  std::string out;
  const std::size_t shown = std::min(words.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  if (words.size() > shown) out += ", ...";
  return out;
}

// Runs one entry rule over the whole text.
template <typename EntryRule>
Builder run(const EntryRule& rule, std::string_view text, const ParseOptions& options) {
  for (std::size_t at = ascii_length(text, 0); at < text.size(); at += ascii_length(text, at)) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) throw SyntaxError(text, at, "the text is not valid UTF-8 here");
    at += length;
  }
  if (text.size() > 0xFFFFFFFEULL) throw SyntaxError({}, 0, "the text is longer than 4 GB");
  Builder builder(text, options);
  const Context context = x3::make_context<builder_tag>(builder);
  Iterator first = text.data();
  Iterator const last = text.data() + text.size();
  bool matched = false;
  try {
    matched = rule.parse(first, last, context, x3::unused, x3::unused);
  } catch (const x3::expectation_failure<Iterator>&) {
    builder.fail();
  }
  if (!matched) builder.fail();
  return builder;
}

}  // namespace

SyntaxError::SyntaxError(std::string_view text, std::size_t offset, std::string message, std::string expected,
                         std::optional<Mend> mend)
    : std::runtime_error([&] {
        const auto [line, column] = line_and_column(text, offset);
        return report(text, offset, line, column, message, expected);
      }()),
      offset_(offset),
      message_(std::move(message)),
      expected_(std::move(expected)),
      mend_(std::move(mend)),
      at_end_(offset >= text.size()) {
  std::tie(line_, column_) = line_and_column(text, offset);
}

std::pair<std::size_t, std::size_t> line_and_column(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  std::size_t line = 1;
  std::size_t column = 1;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'))) {
      ++line;
      column = 1;
    } else if (!continues(text[i]) && text[i] != '\r') {
      ++column;
    }
  }
  return {line, column};
}

void Builder::fail(std::size_t offset, const std::string& message, const std::string& expected,
                   std::optional<Mend> mend) const {
  throw SyntaxError(text_, offset, message, expected, std::move(mend));
}

void Builder::fail() const {
  const std::size_t at = offset(furthest_);
  Iterator p = furthest_;
  std::string_view found;
  const bool is_word = word(p, found);
  const std::string upper = upper_case(found);
  std::string meant;
  if (is_word) {
    std::vector<std::string_view> candidates;
    bool in_expression = false;
    for (const std::string_view what : expected_) {
      if (is_keyword(what)) candidates.emplace_back(what);
      in_expression = in_expression || what == "a function" || what == "an aggregate";
    }
    if (in_expression) {
      for (const BuiltIn& function : all_built_ins()) candidates.emplace_back(function.name);
    }
    meant = nearest_word(upper, candidates);
  }
  const bool misspelt = !meant.empty() && meant != upper;
  const std::string advised = advice({text_, at, found, expected_, misspelt});
  if (furthest_ == end_)
    fail(at, "the text ends too early" + (advised.empty() ? "" : ": " + advised), in_words(expected_));
  std::string message;
  std::optional<Mend> mend;
  if (is_word) {
    message = "unexpected " + std::string(found.substr(0, 40));
    const auto wants = [&](std::string_view what) {
      return std::find(expected_.begin(), expected_.end(), what) != expected_.end();
    };
    const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
      return std::find(words.begin(), words.end(), upper) != words.end();
    };
    if (!advised.empty()) {
      message += "; " + advised;
    } else if (wants("SELECT") && is_one_of({"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD",
                                             "MOVE", "COPY", "WITH"})) {
      message += "; this is an update, and a query is read here";
    } else if (wants("INSERT") && is_one_of({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})) {
      message += "; this is a query, and an update is read here";
    } else if (meant == upper && upper != found) {
      message += "; write it in capitals or check what stands before it";
    } else if (misspelt) {
      message += "; did you mean " + meant + "?";
      const bool small =
          std::none_of(found.begin(), found.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
      mend = Mend{at, found.size(), small ? lower_case(meant) : meant};
    }
  } else {
    Iterator end = furthest_;
    const std::uint32_t first = decode(end, end_);
    if (is_name_base(first) || first == '?' || first == '$' || first == '<' || first == '_' || first == ':' ||
        first == '@') {
      while (end != end_ && static_cast<unsigned char>(*end) > 0x20 && end - furthest_ < 40 &&
             std::string_view(";,.(){}[]").find(*end) == std::string_view::npos) {
        ++end;
      }
      while (end != end_ && continues(*end)) ++end;
    }
    message = "unexpected '" + std::string(furthest_, end) + "'";
    if (!advised.empty()) message += "; " + advised;
  }
  fail(at, message, in_words(expected_), std::move(mend));
}

void Builder::undeclared_prefix(std::string_view label, std::uint32_t at) const {
  if (label == "http" || label == "https" || label == "urn" || label == "mailto")
    fail(at, "an IRI stands in angle brackets: <" + std::string(label) + ":...>");
  const std::string name(label);
  std::string message = "the prefix " + name + ": is not declared";
  const auto declaration = [](const std::string& prefix) {
    return "PREFIX " + prefix + ": <" + std::string(known_prefix(prefix)) + ">";
  };
  if (!known_prefix(label).empty())
    fail(at, message + "; add " + declaration(name), {}, Mend{0, 0, declaration(name) + "\n"});
  std::vector<std::string_view> declared;
  for (const auto& [other, iri] : prefixes_) {
    if (!other.empty()) declared.push_back(other);
  }
  std::sort(declared.begin(), declared.end());
  std::vector<std::string_view> known;  // likely ones: of some length, with the same beginning
  for (const KnownPrefix& prefix : known_prefixes()) {
    if (prefix.label.size() > 2 && prefix.label.starts_with(label.substr(0, 1)))
      known.emplace_back(prefix.label);
  }
  if (const std::string meant(nearest_word(label, declared)); !meant.empty())
    fail(at, message + "; did you mean " + meant + ":?", {}, Mend{at, label.size(), meant});
  if (const std::string close(nearest_word(label, known)); !close.empty())
    fail(at, message + "; did you mean " + declaration(close) + "?", {}, Mend{at, label.size(), close});
  message += "; add PREFIX " + name + ": <...>";
  constexpr std::size_t kFew = 12;
  if (!declared.empty() && declared.size() <= kFew) {
    message += ", or take one of these:";
    for (const std::string_view other : declared) message.append(" ").append(other).append(":");
  }
  const std::string line = "PREFIX " + name + ": <>\n";
  fail(at, message, {}, Mend{0, 0, line, line.size() - 2});
}

Query parse_query(std::string_view text, const ParseOptions& options) {
  return run(query, text, options).take_query();
}

Update parse_update(std::string_view text, const ParseOptions& options) {
  return run(update, text, options).take_update();
}

}  // namespace dossier::grammar
