// REGEX and REPLACE on RE2, with the flags of XPath: s, m, i, x, q.
//
// RE2 runs in time linear in the text; back-references, which it lacks, make an expression an error. A
// pattern is compiled once as long as it stays the same from row to row.
#include <re2/re2.h>

#include "engine/query/functions.h"

namespace dossier::functions {
namespace {

constexpr std::int64_t kRegexMemory = 16 << 20;

class CompiledRegex final : public FunctionState {
 public:
  CompiledRegex(std::string_view pattern, std::string_view flags) : pattern_(pattern), flags_(flags) {
    compile();
  }
  bool is(std::string_view pattern, std::string_view flags) const {
    return pattern == pattern_ && flags == flags_;
  }
  const RE2* get() const { return regex_ && regex_->ok() ? regex_.get() : nullptr; }
  bool quoted() const { return quoted_; }

 private:
  void compile() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemory);
    options.set_never_nl(false);
    options.set_dot_nl(false);
    bool extended = false;
    bool lines = false;
    for (const char flag : flags_) {
      switch (flag) {
        case 's':
          options.set_dot_nl(true);
          break;
        case 'm':
          lines = true;
          break;
        case 'i':
          options.set_case_sensitive(false);
          break;
        case 'x':
          extended = true;
          break;
        case 'q':
          quoted_ = true;
          break;
        default:
          return;  // no such flag: an error of each row
      }
    }
    if (quoted_) {
      options.set_literal(true);
      regex_ = std::make_unique<RE2>(pattern_, options);
      return;
    }
    const std::string text = extended ? without_space(pattern_) : pattern_;
    regex_ = std::make_unique<RE2>(lines ? "(?m)" + text : text, options);
  }

  // Flag x: white space outside of character classes does not count.
  static std::string without_space(std::string_view pattern) {
    std::string out;
    int depth = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == '\\' && i + 1 < pattern.size()) {
        out.push_back(c);
        out.push_back(pattern[++i]);
        continue;
      }
      if (c == '[') ++depth;
      if (c == ']' && depth > 0) --depth;
      if (depth == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
      out.push_back(c);
    }
    return out;
  }

  std::string pattern_;
  std::string flags_;
  bool quoted_ = false;
  std::unique_ptr<RE2> regex_;
};

// The compiled pattern of this row; null when it is no regular expression.
const CompiledRegex* compiled(FunctionCall& call, const Argument& pattern, const Argument* flags) {
  StringValue text;
  StringValue options;
  if (!read_string(pattern, text) || !text.tag.empty()) return nullptr;
  if (flags != nullptr && (!read_string(*flags, options) || !options.tag.empty())) return nullptr;
  auto* state = static_cast<CompiledRegex*>(call.state.get());
  if (state == nullptr || !state->is(text.text, options.text)) {
    call.state = std::make_unique<CompiledRegex>(text.text, options.text);
    state = static_cast<CompiledRegex*>(call.state.get());
  }
  return state->get() == nullptr ? nullptr : state;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

// The replacement string of XPath: $N is a group, \$ and \\ stand for themselves. A number longer than there
// are groups gives its last digits back to the text.
bool expand(std::string_view replacement, const std::vector<re2::StringPiece>& groups, std::string& out) {
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c == '\\') {
      if (++i >= replacement.size() || (replacement[i] != '\\' && replacement[i] != '$')) return false;
      out.push_back(replacement[i]);
    } else if (c == '$') {
      const auto is_digit = [&](std::size_t at) {
        return at < replacement.size() && replacement[at] >= '0' && replacement[at] <= '9';
      };
      if (!is_digit(i + 1)) return false;
      std::size_t number = static_cast<std::size_t>(replacement[++i] - '0');
      while (is_digit(i + 1) &&
             number * 10 + static_cast<std::size_t>(replacement[i + 1] - '0') < groups.size())
        number = number * 10 + static_cast<std::size_t>(replacement[++i] - '0');
      if (number < groups.size())
        out.append(groups[number].data() ? groups[number].as_string() : std::string());
    } else {
      out.push_back(c);
    }
  }
  return true;
}

}  // namespace

Id regex(FunctionCall& call) {
  StringValue text;
  if (!read_string(call[0], text)) return kUnbound;
  const CompiledRegex* const expression = compiled(call, call[1], call.size() > 2 ? &call[2] : nullptr);
  if (expression == nullptr) return kUnbound;
  return inline_boolean(RE2::PartialMatch(piece(text.text), *expression->get()));
}

Id replace(FunctionCall& call) {
  StringValue text;
  StringValue replacement;
  if (!read_string(call[0], text) || !read_string(call[2], replacement) || !replacement.tag.empty())
    return kUnbound;
  const CompiledRegex* const expression = compiled(call, call[1], call.size() > 3 ? &call[3] : nullptr);
  if (expression == nullptr) return kUnbound;
  const RE2& regex = *expression->get();
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  // A pattern that matches the empty string has no places of its own to replace (err:FORX0003).
  if (regex.Match("", 0, 0, RE2::UNANCHORED, nullptr, 0)) return kUnbound;
  const re2::StringPiece subject = piece(text.text);
  std::string out;
  std::size_t from = 0;
  while (from <= subject.size() && regex.Match(subject, from, subject.size(), RE2::UNANCHORED, groups.data(),
                                               static_cast<int>(groups.size()))) {
    const auto at = static_cast<std::size_t>(groups[0].data() - subject.data());
    if (groups[0].empty()) break;
    out.append(text.text.substr(from, at - from));
    if (expression->quoted())
      out.append(replacement.text);
    else if (!expand(replacement.text, groups, out))
      return kUnbound;
    from = at + groups[0].size();
  }
  out.append(text.text.substr(from));
  return intern_like(call.context, out, text);
}

}  // namespace dossier::functions
