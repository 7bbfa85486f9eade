// Functions on terms as terms: parts, tests, makers.
#include <openssl/rand.h>

#include <algorithm>

#include "engine/query/functions.h"
#include "grammar/iri.h"

namespace dossier::functions {
namespace {

constexpr std::string_view kLtr = "--ltr";
constexpr std::string_view kRtl = "--rtl";

bool has_direction(std::string_view tag) {
  return tag.ends_with(kLtr) || tag.ends_with(kRtl);
}
std::string_view language_of(std::string_view tag) {
  return has_direction(tag) ? tag.substr(0, tag.size() - kLtr.size()) : tag;
}

bool is_language_tag(std::string_view tag) {
  std::size_t part = 0;
  bool first = true;
  for (std::size_t i = 0; i <= tag.size(); ++i) {
    if (i == tag.size() || tag[i] == '-') {
      if (i - part == 0 || i - part > 8) return false;
      part = i + 1;
      first = false;
      continue;
    }
    const char c = tag[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (first || c < '0' || c > '9')) return false;
  }
  return true;
}

bool simple_string(const Argument& argument, std::string_view& text) {
  StringValue value;
  if (!read_string(argument, value) || !value.tag.empty()) return false;
  text = value.text;
  return true;
}

std::string random_uuid() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw QueryError("the system gives no random numbers");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);  // the variant of RFC 4122
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kHex[bytes[i] >> 4]);
    text.push_back(kHex[bytes[i] & 0xF]);
  }
  return text;
}

class LastDatatype final : public FunctionState {
 public:
  std::string type;
  Id id;
};

Id part_of_triple(FunctionCall& call, std::size_t part) {
  LocalTerms& terms = call.context.terms();
  return terms.kind(call[0].id) == TermKind::triple ? terms.triple(call[0].id)[part] : kUnbound;
}

Id is_kind(FunctionCall& call, TermKind kind) {
  return inline_boolean(call.context.terms().kind(call[0].id) == kind);
}

}  // namespace

Id str(FunctionCall& call) {
  const TermParts parts = split_term(call[0].bytes);
  if (parts.kind == 0 || parts.kind == kBlankByte) return kUnbound;
  return call.string(parts.text);
}

Id lang(FunctionCall& call) {
  const TermParts parts = split_term(call[0].bytes);
  if (parts.kind == 0 || parts.kind == kBlankByte || parts.kind == kIriByte) return kUnbound;
  return call.string(parts.kind == kLanguageByte ? language_of(parts.extra) : std::string_view{});
}

Id lang_dir(FunctionCall& call) {
  const TermParts parts = split_term(call[0].bytes);
  if (parts.kind == 0 || parts.kind == kBlankByte || parts.kind == kIriByte) return kUnbound;
  const bool directed = parts.kind == kLanguageByte && has_direction(parts.extra);
  return call.string(directed ? parts.extra.substr(parts.extra.size() - 3) : std::string_view{});
}

// Basic filtering of RFC 4647 section 3.3.1.
Id lang_matches(FunctionCall& call) {
  std::string_view tag;
  std::string_view range;
  if (!simple_string(call[0], tag) || !simple_string(call[1], range)) return kUnbound;
  if (range == "*") return inline_boolean(!tag.empty());
  return inline_boolean(!range.empty() && equal_ignoring_case(tag.substr(0, range.size()), range) &&
                        (tag.size() == range.size() || tag[range.size()] == '-'));
}

Id datatype(FunctionCall& call) {
  const TermParts parts = split_term(call[0].bytes);
  std::string_view type;
  switch (parts.kind) {
    case kStringByte:
      type = iri::kXsdString;
      break;
    case kLanguageByte:
      type = has_direction(parts.extra) ? iri::kRdfDirLangString : iri::kRdfLangString;
      break;
    case kDatatypeByte:
      type = parts.extra;
      break;
    default:
      return kUnbound;
  }
  // Most rows have the datatype of the row before.
  auto* last = static_cast<LastDatatype*>(call.state.get());
  if (last == nullptr || last->type != type) {
    call.state = std::make_unique<LastDatatype>();
    last = static_cast<LastDatatype*>(call.state.get());
    last->type = type;
    last->id = call.context.terms().intern(Term::iri(type));
  }
  return last->id;
}

Id make_iri(FunctionCall& call) {
  const TermParts parts = split_term(call[0].bytes);
  if (parts.kind == kIriByte) return call[0].id;
  if (parts.kind != kStringByte) return kUnbound;
  const std::string resolved = grammar::resolve_iri(call.context.base(), parts.text);
  if (!grammar::is_absolute_iri(resolved) || grammar::iri_problem(resolved)) return kUnbound;
  return call.context.terms().intern(Term::iri(resolved));
}

Id str_dt(FunctionCall& call) {
  std::string_view text;
  const TermParts type = split_term(call[1].bytes);
  if (!simple_string(call[0], text) || type.kind != kIriByte) return kUnbound;
  // These two need a tag, which STRLANG and STRLANGDIR take.
  if (type.text == iri::kRdfLangString || type.text == iri::kRdfDirLangString) return kUnbound;
  return intern_literal(call.context, text, type.text);
}

Id str_lang(FunctionCall& call) {
  std::string_view text;
  std::string_view tag;
  if (!simple_string(call[0], text) || !simple_string(call[1], tag) || !is_language_tag(tag)) return kUnbound;
  return call.context.terms().intern(Term::tagged(text, tag));
}

Id str_lang_dir(FunctionCall& call) {
  std::string_view text;
  std::string_view tag;
  std::string_view direction;
  if (!simple_string(call[0], text) || !simple_string(call[1], tag) || !simple_string(call[2], direction))
    return kUnbound;
  if (!is_language_tag(tag) || (direction != "ltr" && direction != "rtl")) return kUnbound;
  return call.context.terms().intern(
      Term::tagged(text, tag, direction == "ltr" ? Direction::ltr : Direction::rtl));
}

Id same_term(FunctionCall& call) {
  LocalTerms& terms = call.context.terms();
  return inline_boolean(terms.settle(call[0].id) == terms.settle(call[1].id));
}
Id is_iri(FunctionCall& call) {
  return is_kind(call, TermKind::iri);
}
Id is_blank(FunctionCall& call) {
  return is_kind(call, TermKind::blank);
}
Id is_literal(FunctionCall& call) {
  return is_kind(call, TermKind::literal);
}
Id is_triple(FunctionCall& call) {
  return is_kind(call, TermKind::triple);
}

Id is_numeric(FunctionCall& call) {
  if (call.context.terms().kind(call[0].id) != TermKind::literal) return inline_boolean(false);
  return inline_boolean(read_value(call[0]).kind == ValueKind::number);
}

Id has_lang(FunctionCall& call) {
  return inline_boolean(split_term(call[0].bytes).kind == kLanguageByte);
}

Id has_lang_dir(FunctionCall& call) {
  const TermParts parts = split_term(call[0].bytes);
  return inline_boolean(parts.kind == kLanguageByte && has_direction(parts.extra));
}

Id make_triple(FunctionCall& call) {
  LocalTerms& terms = call.context.terms();
  const TermKind subject = terms.kind(call[0].id);
  if (subject != TermKind::iri && subject != TermKind::blank) return kUnbound;
  if (terms.kind(call[1].id) != TermKind::iri) return kUnbound;
  return terms.intern_triple(call[0].id, call[1].id, call[2].id);
}

Id subject(FunctionCall& call) {
  return part_of_triple(call, 0);
}
Id predicate(FunctionCall& call) {
  return part_of_triple(call, 1);
}
Id object(FunctionCall& call) {
  return part_of_triple(call, 2);
}

Id uuid(FunctionCall& call) {
  return call.context.terms().intern(Term::iri("urn:uuid:" + random_uuid()));
}
Id str_uuid(FunctionCall& call) {
  return call.string(random_uuid());
}

}  // namespace dossier::functions
