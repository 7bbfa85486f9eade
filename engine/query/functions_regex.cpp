// REGEX and REPLACE on RE2, with the flags of XPath: s, m, i, x, q.
//
// A pattern is compiled once as long as it stays the same from row to row; one that is no regular expression
// is an error of the row (query/regex_syntax.h).
#include <re2/re2.h>

#include "engine/query/functions.h"
#include "engine/query/regex_syntax.h"

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
    const auto flags = parse_regex_flags(flags_);
    if (!flags) return;  // no such flag: an error of each row
    quoted_ = flags->quoted;
    const auto text = translate_regex(pattern_, *flags);
    if (!text) return;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemory);
    regex_ = std::make_unique<RE2>(*text, options);
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
// Room for what is added is reserved before it is.
bool expand(std::string_view replacement, const std::vector<re2::StringPiece>& groups, std::string& out,
            Reservation& room) {
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
      if (number >= groups.size()) continue;
      room.resize(out.size() + groups[number].size());
      out.append(groups[number].data(), groups[number].size());
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
  const bool literal =
      expression->quoted() || replacement.text.find_first_of("\\$") == std::string_view::npos;
  const re2::StringPiece subject = piece(text.text);
  std::string out;
  Reservation room(call.context.budget(), "REPLACE");
  if (!literal && !expand(replacement.text, groups, out, room)) return kUnbound;  // wrong, matches or not
  out.clear();
  std::size_t from = 0;
  while (from <= subject.size() && regex.Match(subject, from, subject.size(), RE2::UNANCHORED, groups.data(),
                                               static_cast<int>(groups.size()))) {
    const auto at = static_cast<std::size_t>(groups[0].data() - subject.data());
    if (groups[0].empty()) break;
    call.context.check();
    room.resize(out.size() + (at - from) + replacement.text.size());
    out.append(text.text.substr(from, at - from));
    if (literal)
      out.append(replacement.text);
    else
      expand(replacement.text, groups, out, room);
    from = at + groups[0].size();
  }
  out.append(text.text.substr(from));
  return call.string_like(out, text);
}

}  // namespace dossier::functions
