#include "engine/model/term.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/io/rdf_reader.h"
#include "engine/model/date_time.h"
#include "engine/model/numeric_text.h"
#include "engine/model/value.h"

namespace dossier {
namespace {

constexpr std::string_view kLtrSuffix = "--ltr";
constexpr std::string_view kRtlSuffix = "--rtl";
constexpr std::uint64_t kTripleSeed = 0x7472697374726970ULL;  // keeps triple terms apart from simple ones

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
char to_lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

TermHash hash_raw(std::string_view bytes, std::uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {hash.low64, hash.high64};
}

void append_hex(std::string& out, unsigned value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[value >> shift & 0xF]);
}

// U+FFFE and U+FFFF (EF BF BE, EF BF BF), which canonical N-Triples escapes as well.
bool is_noncharacter(std::string_view text, std::size_t at) {
  return at + 2 < text.size() && text[at] == '\xEF' && text[at + 1] == '\xBF' &&
         (text[at + 2] == '\xBE' || text[at + 2] == '\xBF');
}

void append_escaped_string(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && c != 0xEF) continue;
    const bool noncharacter = c == 0xEF;
    if (noncharacter && !is_noncharacter(text, i)) continue;
    out.append(text.substr(from, i - from));
    from = i + 1;
    switch (c) {
      case '\b':
        out.append("\\b");
        break;
      case '\t':
        out.append("\\t");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\f':
        out.append("\\f");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case 0xEF:
        append_hex(out, 0xFF00U | (static_cast<unsigned char>(text[i + 2]) | 0x40U));
        i += 2;
        from = i + 1;
        break;
      default:
        append_hex(out, c);
        break;
    }
  }
  out.append(text.substr(from));
}

constexpr std::array<bool, 256> make_escaped_in_iri() {
  std::array<bool, 256> escaped{};
  for (std::size_t c = 0; c <= 0x20; ++c) escaped[c] = true;
  for (const char c : std::string_view("<>\"{}|^`\\")) escaped[static_cast<unsigned char>(c)] = true;
  return escaped;
}
constexpr std::array<bool, 256> kEscapedInIri = make_escaped_in_iri();

// Characters that an IRIREF cannot hold are escaped, so that what is written can be read again. There are
// hardly ever any, so the text is looked through first and goes out in one piece.
void append_escaped_iri(std::string& out, std::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= !kEscapedInIri[static_cast<unsigned char>(c)];
  if (plain) {
    out.append(text);
    return;
  }
  for (const char c : text) {
    if (kEscapedInIri[static_cast<unsigned char>(c)])
      append_hex(out, static_cast<unsigned char>(c));
    else
      out.push_back(c);
  }
}

void append_term_text(std::string& out, const Term& term) {
  if (term.is_triple()) {
    out.append("<<( ");
    append_term_text(out, term.subject());
    out.push_back(' ');
    append_term_text(out, term.predicate());
    out.push_back(' ');
    append_term_text(out, term.object());
    out.append(" )>>");
    return;
  }
  std::string bytes;
  append_term_bytes(bytes, term);
  append_ntriples(out, bytes);
}

constexpr std::array<std::string_view, 10> kFormatNames{"table", "json", "xml", "csv",  "tsv",
                                                        "nt",    "ttl",  "nq",  "trig", "rdfxml"};

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

// ---- bytes

TermParts split_term(std::string_view bytes) {
  TermParts parts;
  if (bytes.empty()) return parts;
  parts.kind = bytes[0];
  parts.text = bytes.substr(1);
  if (parts.kind == kLanguageByte || parts.kind == kDatatypeByte) {
    const std::size_t end = parts.text.find('\0');
    parts.extra = parts.text.substr(0, end);
    parts.text = end == std::string_view::npos ? std::string_view{} : parts.text.substr(end + 1);
  }
  return parts;
}

void append_literal_bytes(std::string& out, std::string_view lexical, std::string_view datatype) {
  if (datatype.empty() || datatype == iri::kXsdString) {
    out.push_back(kStringByte);
  } else {
    out.push_back(kDatatypeByte);
    out.append(datatype);
    out.push_back('\0');
  }
  out.append(lexical);
}

void append_language_bytes(std::string& out, std::string_view lexical, std::string_view language,
                           Direction direction) {
  out.push_back(kLanguageByte);
  out.append(language);
  if (direction != Direction::none) out.append(direction == Direction::ltr ? kLtrSuffix : kRtlSuffix);
  out.push_back('\0');
  out.append(lexical);
}

void append_term_bytes(std::string& out, const Term& term) {
  switch (term.kind()) {
    case TermKind::iri:
      out.push_back(kIriByte);
      out.append(term.value());
      return;
    case TermKind::blank:
      out.push_back(kBlankByte);
      out.append(term.value());
      return;
    case TermKind::literal:
      if (term.language().empty())
        append_literal_bytes(out, term.value(), term.datatype());
      else
        append_language_bytes(out, term.value(), term.language(), term.direction());
      return;
    case TermKind::triple:
      throw QueryError("a triple term has no byte form of its own");
  }
}

TermView view_of_bytes(std::string_view bytes) {
  const TermParts parts = split_term(bytes);
  switch (parts.kind) {
    case kIriByte:
      return {TermKind::iri, Direction::none, parts.text, {}, {}};
    case kBlankByte:
      return {TermKind::blank, Direction::none, parts.text, {}, {}};
    case kStringByte:
      return {TermKind::literal, Direction::none, parts.text, iri::kXsdString, {}};
    case kDatatypeByte:
      return {TermKind::literal, Direction::none, parts.text, parts.extra, {}};
    case kLanguageByte: {
      std::string_view language = parts.extra;
      Direction direction = Direction::none;
      if (language.ends_with(kLtrSuffix)) direction = Direction::ltr;
      if (language.ends_with(kRtlSuffix)) direction = Direction::rtl;
      if (direction != Direction::none) language.remove_suffix(kLtrSuffix.size());
      return {TermKind::literal, direction, parts.text,
              direction == Direction::none ? iri::kRdfLangString : iri::kRdfDirLangString, language};
    }
    default:
      throw CorruptionError("term bytes of an unknown kind");
  }
}

Term term_from_bytes(std::string_view bytes) {
  const TermView view = view_of_bytes(bytes);
  switch (view.kind) {
    case TermKind::iri:
      return Term::iri(view.value);
    case TermKind::blank:
      return Term::blank(view.value);
    default:
      return view.language.empty() ? Term::typed(view.value, view.datatype)
                                   : Term::tagged(view.value, view.language, view.direction);
  }
}

TermHash hash_term_bytes(std::string_view bytes, std::uint64_t seed) {
  if (!bytes.empty() && bytes[0] == kLanguageByte) {
    const std::size_t end = std::min(bytes.find('\0'), bytes.size());
    const auto tag_end = bytes.begin() + static_cast<std::ptrdiff_t>(end);
    // bytes[0] is the upper-case kind byte.
    if (std::any_of(bytes.begin() + 1, tag_end, is_upper)) {
      std::string lowered(bytes);
      std::transform(lowered.begin() + 1, lowered.begin() + static_cast<std::ptrdiff_t>(end),
                     lowered.begin() + 1, to_lower);
      return hash_raw(lowered, seed);
    }
  }
  return hash_raw(bytes, seed);
}

TermHash hash_triple_term(TermHash s, TermHash p, TermHash o, std::uint64_t seed) {
  const std::array<std::uint64_t, 6> words{s.low, s.high, p.low, p.high, o.low, o.high};
  return hash_raw({reinterpret_cast<const char*>(words.data()), sizeof words}, seed ^ kTripleSeed);
}

bool equal_term_bytes(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (a.size() != b.size() || a.empty() || a[0] != kLanguageByte || b[0] != kLanguageByte) return false;
  const TermParts x = split_term(a);
  const TermParts y = split_term(b);
  return x.text == y.text && equal_ignoring_case(x.extra, y.extra);
}

void append_ntriples(std::string& out, std::string_view bytes) {
  const TermParts parts = split_term(bytes);
  if (parts.kind == kIriByte) {
    out.push_back('<');
    append_escaped_iri(out, parts.text);
    out.push_back('>');
    return;
  }
  if (parts.kind == kBlankByte) {
    out.append("_:");
    out.append(parts.text);
    return;
  }
  out.push_back('"');
  append_escaped_string(out, parts.text);
  out.push_back('"');
  if (parts.kind == kLanguageByte) {
    out.push_back('@');
    out.append(parts.extra);
  } else if (parts.kind == kDatatypeByte) {
    out.append("^^<");
    append_escaped_iri(out, parts.extra);
    out.push_back('>');
  }
}

// ---- Term

namespace {

// The datatypes that nearly all literals have: a term holds their number. The first one is what a literal has
// that says nothing.
constexpr std::array<std::string_view, 9> kKnownDatatypes{
    iri::kXsdString,  iri::kXsdInteger, iri::kXsdDecimal,  iri::kXsdDouble,        iri::kXsdFloat,
    iri::kXsdBoolean, iri::kXsdDate,    iri::kXsdDateTime, iri::kXsdDateTimeStamp,
};
constexpr std::uint8_t kOtherDatatype = kKnownDatatypes.size();

std::uint8_t datatype_number(std::string_view datatype) {
  std::uint8_t number = 0;
  while (number < kOtherDatatype && kKnownDatatypes[number] != datatype) ++number;
  return number;
}

}  // namespace

Term Term::iri(std::string_view iri) {
  Term term;
  term.text_ = iri;
  term.length_ = iri.size();
  return term;
}

Term Term::blank(std::string_view label) {
  Term term = iri(label);
  term.kind_ = TermKind::blank;
  return term;
}

Term Term::literal(std::string_view lexical) {
  Term term = iri(lexical);
  term.kind_ = TermKind::literal;
  return term;
}

Term Term::typed(std::string_view lexical, std::string_view datatype) {
  Term term = literal(lexical);
  if (datatype.empty()) return term;
  term.datatype_ = datatype_number(datatype);
  if (term.datatype_ == kOtherDatatype) term.text_.append(datatype);
  return term;
}

Term Term::tagged(std::string_view lexical, std::string_view language, Direction direction) {
  Term term;
  term.kind_ = TermKind::literal;
  term.text_.reserve(lexical.size() + language.size());
  term.text_.append(lexical).append(language);
  term.length_ = lexical.size();
  term.tagged_ = true;
  term.direction_ = direction;
  return term;
}

Term Term::integer(std::int64_t value) {
  return typed(std::to_string(value), iri::kXsdInteger);
}

Term Term::real(double value) {
  std::string text;
  append_double(text, value);
  return typed(text, iri::kXsdDouble);
}

Term Term::boolean(bool value) {
  return typed(value ? "true" : "false", iri::kXsdBoolean);
}

Term Term::triple(Term subject, Term predicate, Term object) {
  Term term;
  term.kind_ = TermKind::triple;
  term.triple_ = std::make_shared<const std::array<Term, 3>>(
      std::array<Term, 3>{std::move(subject), std::move(predicate), std::move(object)});
  return term;
}

Term Term::parse(std::string_view text) {
  return parse_term(text);
}

std::string_view Term::datatype() const {
  if (kind_ != TermKind::literal) return {};
  if (tagged_) return direction_ == Direction::none ? iri::kRdfLangString : iri::kRdfDirLangString;
  return datatype_ == kOtherDatatype ? extra() : kKnownDatatypes[datatype_];
}

std::string_view Term::language() const {
  return tagged_ ? extra() : std::string_view{};
}

namespace {
[[noreturn]] void no_triple() {
  throw QueryError("only a triple term has a subject, a predicate and an object");
}
}  // namespace

const Term& Term::subject() const {
  if (!triple_) no_triple();
  return (*triple_)[0];
}

const Term& Term::predicate() const {
  if (!triple_) no_triple();
  return (*triple_)[1];
}

const Term& Term::object() const {
  if (!triple_) no_triple();
  return (*triple_)[2];
}

std::optional<std::int64_t> Term::as_integer() const {
  if (!is_literal() || numeric_kind(datatype()) != NumericKind::integer) return {};
  std::string_view text = value();
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return {};
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::optional<double> Term::as_double() const {
  if (!is_literal()) return {};
  const std::string_view type = datatype();
  double value = 0;
  if (type == iri::kXsdFloat) {
    float narrow = 0;
    if (!parse_float(this->value(), narrow)) return {};
    return narrow;
  }
  if (type == iri::kXsdDouble)
    return parse_double(this->value(), value) ? std::optional(value) : std::nullopt;
  const bool integer = numeric_kind(type) == NumericKind::integer;
  if (!integer && type != iri::kXsdDecimal) return {};
  // Decimals have no exponent, no INF and no NaN; integers no point either.
  if (this->value().find_first_not_of(integer ? "+-0123456789" : "+-.0123456789") != std::string_view::npos)
    return {};
  return parse_double(this->value(), value) ? std::optional(value) : std::nullopt;
}

std::optional<bool> Term::as_boolean() const {
  if (!is_literal() || datatype() != iri::kXsdBoolean) return {};
  if (value() == "true" || value() == "1") return true;
  if (value() == "false" || value() == "0") return false;
  return {};
}

std::optional<std::chrono::sys_time<std::chrono::milliseconds>> Term::as_time() const {
  if (!is_literal()) return {};
  const auto temporal = temporal_kind(datatype());
  if (!temporal || (*temporal != TemporalKind::date_time && *temporal != TemporalKind::date)) return {};
  Temporal value;
  if (!parse_temporal(this->value(), *temporal, value)) return {};
  const Instant instant = instant_of(value);
  const std::int64_t seconds = instant.seconds - kUnixEpochDays * 86400;
  constexpr std::int64_t kMost = INT64_MAX / 1000 - 1;
  if (seconds > kMost || seconds < -kMost) return {};
  return std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(seconds * 1000 + instant.attos / (kAttosPerSecond / 1000)));
}

std::string Term::to_string() const {
  std::string out;
  append_term_text(out, *this);
  return out;
}

bool operator==(const Term& a, const Term& b) {
  if (a.kind_ != b.kind_) return false;
  if (a.kind_ == TermKind::triple)
    return a.triple_ == b.triple_ || std::equal(a.triple_->begin(), a.triple_->end(), b.triple_->begin());
  if (a.tagged_ != b.tagged_ || a.direction_ != b.direction_ || a.datatype_ != b.datatype_) return false;
  return a.value() == b.value() &&
         (a.tagged_ ? equal_ignoring_case(a.extra(), b.extra()) : a.extra() == b.extra());
}

// ---- formats

std::optional<Format> format_from_name(std::string_view name) {
  const auto* found = std::find(kFormatNames.begin(), kFormatNames.end(), name);
  if (found == kFormatNames.end()) return {};
  return static_cast<Format>(found - kFormatNames.begin());
}

std::string_view format_name(Format format) {
  return kFormatNames[static_cast<std::size_t>(format)];
}

}  // namespace dossier
