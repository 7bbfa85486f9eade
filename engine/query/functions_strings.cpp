// Functions on strings. Positions and lengths count code points; strings are UTF-8.
#include <openssl/evp.h>
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cmath>

#include "engine/query/functions.h"

namespace dossier::functions {
namespace {

constexpr bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

// The byte offset of code point `index`, or the end.
std::size_t offset_of(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (continues(text[at])) continue;
    if (index-- == 0) return at;
  }
  return at;
}

// SPARQL 17.4.3.1.2: the second is simple, or both have the same tag.
bool compatible(const StringValue& a, const StringValue& b) {
  return b.tag.empty() || equal_ignoring_case(a.tag, b.tag);
}

bool read_pair(FunctionCall& call, StringValue& a, StringValue& b) {
  return read_string(call[0], a) && read_string(call[1], b) && compatible(a, b);
}

template <typename Change>
Id change_case(FunctionCall& call, const Change& change) {
  StringValue value;
  if (!read_string(call[0], value)) return kUnbound;
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8({value.text.data(), static_cast<int>(value.text.size())});
  change(text);
  std::string out;
  text.toUTF8String(out);
  return call.string_like(out, value);
}

Id digest(FunctionCall& call, const EVP_MD* algorithm) {
  StringValue value;
  if (!read_string(call[0], value) || !value.tag.empty()) return kUnbound;
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(value.text.data(), value.text.size(), bytes, &size, algorithm, nullptr) != 1)
    return kUnbound;
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text.push_back(kHex[bytes[i] >> 4]);
    text.push_back(kHex[bytes[i] & 0xF]);
  }
  return call.string(text);
}

}  // namespace

Id concat(FunctionCall& call) {
  std::string text;
  std::string_view tag;
  Reservation room(call.context.budget(), "CONCAT");
  for (std::size_t i = 0; i < call.size(); ++i) {
    StringValue value;
    if (!read_string(call[i], value)) return kUnbound;
    room.add(value.text.size());
    if (i == 0)
      tag = value.tag;
    else if (!equal_ignoring_case(value.tag, tag))
      tag = {};  // of different kinds: a simple string
    text.append(value.text);
  }
  return call.string_like(text, {{}, tag});
}

// fn:substring: characters whose position p satisfies round(start) <= p < round(start) + round(length).
Id substr(FunctionCall& call) {
  StringValue value;
  if (!read_string(call[0], value)) return kUnbound;
  const Value start = read_value(call[1]);
  if (start.kind != ValueKind::number) return kUnbound;
  const double first = start.number.round().to_double();
  double end = HUGE_VAL;
  if (call.size() == 3) {
    const Value length = read_value(call[2]);
    if (length.kind != ValueKind::number) return kUnbound;
    end = first + length.number.round().to_double();
  }
  if (std::isnan(first) || std::isnan(end)) return call.string_like({}, value);
  const double from = std::max(first, 1.0);
  const auto most = static_cast<double>(value.text.size() + 1);
  if (end <= from || from > most) return call.string_like({}, value);
  const std::size_t begin = offset_of(value.text, static_cast<std::size_t>(from) - 1);
  const std::string_view rest = value.text.substr(begin);
  const auto count = static_cast<std::size_t>(std::min(end - from, most));
  return call.string_like(rest.substr(0, offset_of(rest, count)), value);
}

Id strlen(FunctionCall& call) {
  StringValue value;
  if (!read_string(call[0], value)) return kUnbound;
  return inline_integer(static_cast<std::int64_t>(count_code_points(value.text)));
}

Id ucase(FunctionCall& call) {
  return change_case(call, [](icu::UnicodeString& text) { text.toUpper(icu::Locale::getRoot()); });
}

Id lcase(FunctionCall& call) {
  return change_case(call, [](icu::UnicodeString& text) { text.toLower(icu::Locale::getRoot()); });
}

Id encode_for_uri(FunctionCall& call) {
  StringValue value;
  if (!read_string(call[0], value)) return kUnbound;
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : value.text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '_' || c == '.' || c == '~';
    if (unreserved) {
      text.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text.push_back('%');
      text.push_back(kHex[byte >> 4]);
      text.push_back(kHex[byte & 0xF]);
    }
  }
  return call.string(text);
}

Id contains(FunctionCall& call) {
  StringValue a;
  StringValue b;
  if (!read_pair(call, a, b)) return kUnbound;
  return inline_boolean(a.text.find(b.text) != std::string_view::npos);
}

Id str_starts(FunctionCall& call) {
  StringValue a;
  StringValue b;
  return read_pair(call, a, b) ? inline_boolean(a.text.starts_with(b.text)) : kUnbound;
}

Id str_ends(FunctionCall& call) {
  StringValue a;
  StringValue b;
  return read_pair(call, a, b) ? inline_boolean(a.text.ends_with(b.text)) : kUnbound;
}

// Not found: the empty simple string. Found, and be it empty: with the tag of the first argument.
Id str_before(FunctionCall& call) {
  StringValue a;
  StringValue b;
  if (!read_pair(call, a, b)) return kUnbound;
  const std::size_t at = a.text.find(b.text);
  if (at == std::string_view::npos) return call.string({});
  return call.string_like(a.text.substr(0, at), a);
}

Id str_after(FunctionCall& call) {
  StringValue a;
  StringValue b;
  if (!read_pair(call, a, b)) return kUnbound;
  const std::size_t at = a.text.find(b.text);
  if (at == std::string_view::npos) return call.string({});
  return call.string_like(a.text.substr(at + b.text.size()), a);
}

Id md5(FunctionCall& call) {
  return digest(call, EVP_md5());
}
Id sha1(FunctionCall& call) {
  return digest(call, EVP_sha1());
}
Id sha256(FunctionCall& call) {
  return digest(call, EVP_sha256());
}
Id sha384(FunctionCall& call) {
  return digest(call, EVP_sha384());
}
Id sha512(FunctionCall& call) {
  return digest(call, EVP_sha512());
}

}  // namespace dossier::functions
