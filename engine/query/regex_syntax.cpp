#include "engine/query/regex_syntax.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <unicode/uchar.h>
#include <unicode/uniset.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace dossier {
namespace {

constexpr int kMaxNesting = 500;
constexpr UChar32 kLastCodePoint = 0x10FFFF;

struct Range {
  UChar32 first;
  UChar32 last;
};
// NameStartChar of XML, and what NameChar adds to it.
constexpr Range kNameStart[] = {
    {':', ':'},       {'A', 'Z'},       {'_', '_'},       {'a', 'z'},
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
    {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
    {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
};
constexpr Range kNameMore[] = {{'-', '.'}, {'0', '9'}, {0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

struct Category {
  std::string_view name;
  std::uint32_t mask;
};
constexpr std::uint32_t kOther = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK | U_GC_CN_MASK;
constexpr Category kCategories[] = {
    {"L", U_GC_L_MASK},   {"Lu", U_GC_LU_MASK}, {"Ll", U_GC_LL_MASK}, {"Lt", U_GC_LT_MASK},
    {"Lm", U_GC_LM_MASK}, {"Lo", U_GC_LO_MASK}, {"M", U_GC_M_MASK},   {"Mn", U_GC_MN_MASK},
    {"Mc", U_GC_MC_MASK}, {"Me", U_GC_ME_MASK}, {"N", U_GC_N_MASK},   {"Nd", U_GC_ND_MASK},
    {"Nl", U_GC_NL_MASK}, {"No", U_GC_NO_MASK}, {"P", U_GC_P_MASK},   {"Pc", U_GC_PC_MASK},
    {"Pd", U_GC_PD_MASK}, {"Ps", U_GC_PS_MASK}, {"Pe", U_GC_PE_MASK}, {"Pi", U_GC_PI_MASK},
    {"Pf", U_GC_PF_MASK}, {"Po", U_GC_PO_MASK}, {"Z", U_GC_Z_MASK},   {"Zs", U_GC_ZS_MASK},
    {"Zl", U_GC_ZL_MASK}, {"Zp", U_GC_ZP_MASK}, {"S", U_GC_S_MASK},   {"Sm", U_GC_SM_MASK},
    {"Sc", U_GC_SC_MASK}, {"Sk", U_GC_SK_MASK}, {"So", U_GC_SO_MASK}, {"C", kOther},
    {"Cc", U_GC_CC_MASK}, {"Cf", U_GC_CF_MASK}, {"Co", U_GC_CO_MASK}, {"Cn", U_GC_CN_MASK},
};

bool is_space(UChar32 c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void add_category(icu::UnicodeSet& set, std::uint32_t mask) {
  UErrorCode status = U_ZERO_ERROR;
  set.addAll(icu::UnicodeSet().applyIntPropertyValue(UCHAR_GENERAL_CATEGORY_MASK,
                                                     static_cast<std::int32_t>(mask), status));
}

template <std::size_t N>
void add_ranges(icu::UnicodeSet& set, const Range (&ranges)[N]) {
  for (const Range& range : ranges) set.add(range.first, range.last);
}

// The class of \s, \d, \w, \i, \c; false for other letters. Capitals are the complements.
bool add_escape(icu::UnicodeSet& set, UChar32 letter) {
  icu::UnicodeSet named;
  switch (letter | 0x20) {
    case 's':
      named.add(' ').add('\t').add('\n').add('\r');
      break;
    case 'd':
      add_category(named, U_GC_ND_MASK);
      break;
    case 'w':  // all but punctuation, separators and others
      add_category(named, U_GC_P_MASK | U_GC_Z_MASK | kOther);
      named.complement();
      break;
    case 'i':
      add_ranges(named, kNameStart);
      break;
    case 'c':
      add_ranges(named, kNameStart);
      add_ranges(named, kNameMore);
      break;
    default:
      return false;
  }
  if ((letter & 0x20) == 0) named.complement();
  set.addAll(named);
  return true;
}

// The class of the name in \p{name}.
bool find_property(icu::UnicodeSet& set, std::string_view name) {
  if (name.starts_with("Is")) {
    name.remove_prefix(2);
    UErrorCode status = U_ZERO_ERROR;
    set.applyPropertyAlias(
        "Block", icu::UnicodeString::fromUTF8({name.data(), static_cast<int>(name.size())}), status);
    return U_SUCCESS(status);
  }
  const auto* const found = std::find_if(std::begin(kCategories), std::end(kCategories),
                                         [&](const Category& category) { return category.name == name; });
  if (found == std::end(kCategories)) return false;
  add_category(set, found->mask);
  return true;
}

class Translator {
 public:
  Translator(std::string_view pattern, const RegexFlags& flags) : flags_(flags) {
    text_.reserve(pattern.size());
    for (std::int32_t at = 0; at < static_cast<std::int32_t>(pattern.size());) {
      UChar32 c = 0;
      U8_NEXT(pattern.data(), at, static_cast<std::int32_t>(pattern.size()), c);
      text_.push_back(c < 0 ? 0xFFFD : c);
    }
    if (flags.extended) remove_space();
  }

  std::optional<std::string> run() {
    if (flags_.ignore_case) out_ += "(?i)";
    while (!done())
      if (!piece()) return {};
    if (depth_ != 0) return {};
    return std::move(out_);
  }

 private:
  bool done() const { return at_ == text_.size(); }
  UChar32 peek() const { return done() ? -1 : text_[at_]; }
  bool take(UChar32 c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  void remove_space() {
    std::vector<UChar32> kept;
    int classes = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const UChar32 c = text_[i];
      if (classes == 0 && is_space(c)) continue;
      kept.push_back(c);
      if (c == '\\' && i + 1 < text_.size()) kept.push_back(text_[++i]);
      if (c == '[') ++classes;
      if (c == ']' && classes > 0) --classes;
    }
    text_ = std::move(kept);
  }

  // One atom with its quantifier, a bar or a parenthesis.
  bool piece() {
    const UChar32 c = text_[at_++];
    switch (c) {
      case '|':
        out_ += '|';
        return true;
      case '(':
        out_ += '(';
        if (take('?')) {
          if (!take(':')) return false;
          out_ += "?:";
        }
        return ++depth_ <= kMaxNesting;
      case ')':
        if (--depth_ < 0) return false;
        out_ += ')';
        return quantifier();
      case '[': {
        icu::UnicodeSet set;
        if (!group(set, 0)) return false;
        write(set);
        return quantifier();
      }
      case '.':
        out_ += flags_.dot_all ? "(?s:.)" : "[^\\n\\r]";
        return quantifier();
      case '^':
        out_ += flags_.lines ? "(?m:^)" : "\\A";
        return quantifier();
      case '$':
        out_ += flags_.lines ? "(?m:$)" : "\\z";
        return quantifier();
      case '\\': {
        icu::UnicodeSet set;
        UChar32 single = -1;
        if (!escape(set, single)) return false;
        if (single >= 0)
          literal(single);
        else
          write(set);
        return quantifier();
      }
      case '?':
      case '*':
      case '+':
      case '{':
      case '}':
      case ']':
        return false;
      default:
        literal(c);
        return quantifier();
    }
  }

  bool quantifier() {
    switch (peek()) {
      case '?':
      case '*':
      case '+':
        out_ += static_cast<char>(text_[at_++]);
        break;
      case '{':
        ++at_;
        if (!quantity()) return false;
        break;
      default:
        return true;
    }
    if (take('?')) out_ += '?';
    const UChar32 next = peek();  // a quantifier has no quantifier
    return next != '?' && next != '*' && next != '+' && next != '{';
  }

  bool number(int& value) {
    const std::size_t start = at_;
    value = 0;
    for (; !done() && peek() >= '0' && peek() <= '9'; ++at_)
      value = std::min(value * 10 + (peek() - '0'), 100000);
    return at_ > start;
  }

  bool quantity() {
    int least = 0;
    int most = 0;
    if (!number(least)) return false;
    if (take('}')) {
      out_ += fmt::format("{{{}}}", least);
      return true;
    }
    if (!take(',')) return false;
    if (take('}')) {
      out_ += fmt::format("{{{},}}", least);
      return true;
    }
    if (!number(most) || !take('}') || most < least) return false;
    out_ += fmt::format("{{{},{}}}", least, most);
    return true;
  }

  // What follows a backslash: one character, or a class.
  bool escape(icu::UnicodeSet& set, UChar32& single) {
    if (done()) return false;
    const UChar32 c = text_[at_++];
    switch (c) {
      case 'n':
        single = '\n';
        return true;
      case 'r':
        single = '\r';
        return true;
      case 't':
        single = '\t';
        return true;
      case 'p':
      case 'P': {
        if (!take('{')) return false;
        std::string name;
        for (; !done() && peek() != '}'; ++at_) {
          if (peek() > 0x7F) return false;
          name += static_cast<char>(peek());
        }
        icu::UnicodeSet named;
        if (!take('}') || !find_property(named, name)) return false;
        if (c == 'P') named.complement();
        set.addAll(named);
        return true;
      }
      default:
        if (c <= 0x7F &&
            std::string_view("\\|.?*+(){}-[]^$").find(static_cast<char>(c)) != std::string_view::npos) {
          single = c;
          return true;
        }
        return c <= 0x7F && add_escape(set, c);
    }
  }

  // A character class behind its bracket, with what is subtracted from it. Only characters and ranges are
  // matched without regard to case, not the classes of escapes.
  bool group(icu::UnicodeSet& set, int depth) {
    if (depth > kMaxNesting) return false;
    const bool negative = take('^');
    icu::UnicodeSet plain;
    icu::UnicodeSet minus;
    bool subtracted = false;
    bool empty = true;
    while (!take(']')) {
      if (done() || subtracted) return false;
      if (peek() == '[') return false;
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] == '[') {
        if (empty) return false;
        at_ += 2;
        if (!group(minus, depth + 1)) return false;
        subtracted = true;
        continue;
      }
      empty = false;
      UChar32 first = text_[at_++];
      if (first == '\\') {
        UChar32 single = -1;
        if (!escape(set, single)) return false;
        if (single < 0) continue;
        first = single;
      }
      UChar32 last = first;
      if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']' && text_[at_ + 1] != '[') {
        ++at_;
        last = text_[at_++];
        if (last == '\\') {
          icu::UnicodeSet none;
          last = -1;
          if (!escape(none, last) || last < 0) return false;
        }
        if (last < first) return false;
      }
      plain.add(first, last);
    }
    if (empty) return false;
    if (flags_.ignore_case) plain.closeOver(USET_CASE_INSENSITIVE).removeAllStrings();
    set.addAll(plain);
    if (negative) set.complement();
    set.removeAll(minus);
    return true;
  }

  void literal(UChar32 c) {
    if (c <= 0x7F &&
        std::string_view("\\|.?*+(){}[]^$").find(static_cast<char>(c)) != std::string_view::npos) {
      out_ += '\\';
      out_ += static_cast<char>(c);
      return;
    }
    char bytes[U8_MAX_LENGTH];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    out_.append(bytes, static_cast<std::size_t>(length));
  }

  void write(const icu::UnicodeSet& set) {
    if (flags_.ignore_case) out_ += "(?-i:";
    if (set.isEmpty()) {
      out_ += fmt::format("[^\\x{{0}}-\\x{{{:x}}}]", kLastCodePoint);
    } else {
      out_ += '[';
      for (std::int32_t i = 0; i < set.getRangeCount(); ++i)
        out_ += fmt::format("\\x{{{:x}}}-\\x{{{:x}}}", set.getRangeStart(i), set.getRangeEnd(i));
      out_ += ']';
    }
    if (flags_.ignore_case) out_ += ')';
  }

  const RegexFlags& flags_;
  std::vector<UChar32> text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

std::optional<RegexFlags> parse_regex_flags(std::string_view text) {
  RegexFlags flags;
  for (const char flag : text) {
    switch (flag) {
      case 's':
        flags.dot_all = true;
        break;
      case 'm':
        flags.lines = true;
        break;
      case 'i':
        flags.ignore_case = true;
        break;
      case 'x':
        flags.extended = true;
        break;
      case 'q':
        flags.quoted = true;
        break;
      default:
        return {};
    }
  }
  return flags;
}

std::optional<std::string> translate_regex(std::string_view pattern, const RegexFlags& flags) {
  if (flags.quoted)
    return (flags.ignore_case ? "(?i)" : "") + RE2::QuoteMeta({pattern.data(), pattern.size()});
  return Translator(pattern, flags).run();
}

}  // namespace dossier
