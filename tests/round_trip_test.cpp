// What is dumped and loaded again is the same: a law over random nasty terms, for each format that can hold
// them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>

#include "engine/cdt/composite.h"
#include "engine/cdt/labels.h"
#include "engine/dossier.h"
#include "engine/model/term.h"
#include "tests/isomorphism.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

class Nasty {
 public:
  // `tame`: only what XML can hold.
  Nasty(std::uint64_t seed, bool graphs, bool tame) : random_(seed), graphs_(graphs), tame_(tame) {}

  std::vector<Quad> quads() {
    std::vector<Quad> quads;
    for (int i = 0; i < 60; ++i) quads.push_back({subject(), predicate(), object(0), graph()});
    // Tells the nodes apart, so that comparing stays cheap.
    for (int i = 0; i < kBlanks; ++i)
      quads.push_back({blank(i), Term::iri("a:number"), Term::integer(i), std::nullopt});
    return quads;
  }

 private:
  static constexpr int kBlanks = 8;
  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  bool chance(std::uint64_t one_in) { return below(one_in) == 0; }
  static Term blank(std::uint64_t number) { return Term::blank("n" + std::to_string(number)); }

  static void append_utf8(std::string& out, char32_t c) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }

  std::string text() {
    static const std::vector<std::string> kPieces = {"\"",
                                                     "'",
                                                     "\\",
                                                     "\n",
                                                     "\r",
                                                     "\t",
                                                     "\r\n",
                                                     "\"\"\"",
                                                     "'''",
                                                     "<",
                                                     ">",
                                                     "&",
                                                     "]]>",
                                                     "<!--",
                                                     "{",
                                                     "}",
                                                     "@",
                                                     "^^",
                                                     "_:x",
                                                     " ",
                                                     "#",
                                                     "\\u0041",
                                                     "%20",
                                                     "&#10;",
                                                     "\xC2\x85",
                                                     "\xE2\x80\xA8",
                                                     "\xEF\xBB\xBF",
                                                     "e\xCC\x81",
                                                     "\xC3\xA9"};
    std::string text;
    for (std::uint64_t n = below(12); n > 0; --n) {
      switch (below(4)) {
        case 0:
          text += kPieces[below(kPieces.size())];
          break;
        case 1:
          if (const auto c = static_cast<char32_t>(below(0x20));
              !tame_ || c == '\t' || c == '\n' || c == '\r')
            append_utf8(text, c);
          break;
        case 2: {
          auto c = static_cast<char32_t>(chance(2) ? below(0x300) : below(0x110000));
          if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
          if (tame_ && (c < 0x20 || c == 0xFFFE || c == 0xFFFF)) c = U'x';
          append_utf8(text, c);
          break;
        }
        default:
          text += static_cast<char>(' ' + below(95));
      }
    }
    return text;
  }

  Term iri() {
    static const std::vector<std::string> kIris = {"http://example.org/a",
                                                   "http://example.org/\xE6\x9D\x8E",
                                                   "http://example.org/a(b)'c;d,e!*",
                                                   "urn:x:y",
                                                   "http://example.org/a%20b?q=1&r=%22#frag",
                                                   "http://example.org/",
                                                   "http://example.org/a.b.",
                                                   "http://example.org/-a",
                                                   "http://example.org/0",
                                                   "a:",
                                                   "http://[::1]:80/~a/../b/./c",
                                                   "http://example.org/#",
                                                   "tag:a@b,2025:c",
                                                   "http://example.org/\xF0\x9F\x98\x80"};
    return Term::iri(kIris[below(kIris.size())]);
  }
  Term predicate() {
    if (!tame_) return iri();
    static const std::vector<std::string> kIris = {"http://example.org/p", "http://example.org/\xE6\x9D\x8E",
                                                   "http://example.org/x#a.b-c", "urn:x:y"};
    return Term::iri(kIris[below(kIris.size())]);
  }
  Term subject() { return chance(3) ? blank(below(kBlanks)) : iri(); }

  Term composite() {
    std::string node = "_:n" + std::to_string(below(kBlanks));
    if (chance(2)) node = "[ " + node + " , null, \"a\"@en ]";
    const bool map = chance(2);
    return Term::typed(map ? "{ \"k\" : " + node + ", <a:k>: 5 }" : "[1," + node + ",'x' ]",
                       map ? cdt::kMapIri : cdt::kListIri);
  }

  Term literal() {
    static const std::vector<std::pair<std::string, std::string>> kTyped = {
        {"01", "integer"},
        {"-0", "integer"},
        {"123456789012345678901234567890", "integer"},
        {"1.50", "decimal"},
        {"1e400", "double"},
        {"NaN", "double"},
        {"-0.0E0", "double"},
        {"TRUE", "boolean"},
        {"1", "boolean"},
        {"-12345-01-01", "date"},
        {"2025-06-13+14:00", "date"},
        {"2025-06-13T24:00:00.000000001Z", "dateTime"},
        {" 5 ", "integer"},
        {"", "integer"}};
    static const std::vector<std::string> kTags = {"en", "EN-us", "zh-Hant-TW", "x-private", "de-1996"};
    switch (below(6)) {
      case 0: {
        const auto& [lexical, type] = kTyped[below(kTyped.size())];
        return Term::typed(lexical, std::string(iri::kXsd) + type);
      }
      case 1:
        return Term::tagged(text(), kTags[below(kTags.size())]);
      case 2:
        return Term::tagged(text(), kTags[below(kTags.size())], chance(2) ? Direction::ltr : Direction::rtl);
      case 3:
        return Term::typed(text(), iri().value());
      case 4:
        return composite();
      default:
        return Term::literal(text());
    }
  }

  Term object(int depth) {
    switch (below(depth > 3 ? 4 : 5)) {
      case 0:
        return iri();
      case 1:
        return blank(below(kBlanks));
      case 4:
        return Term::triple(subject(), predicate(), object(depth + 1));
      default:
        return literal();
    }
  }

  std::optional<Term> graph() {
    if (!graphs_ || chance(3)) return std::nullopt;
    return subject();
  }

  std::mt19937_64 random_;
  bool graphs_;
  bool tame_;
};

// The labels inside lists and maps name nodes as those outside do, but comparing knows only these. So each
// literal with labels gets them replaced by their places, and a quad for each label that says which node
// stands there.
std::vector<Quad> with_labels_outside(const std::vector<Quad>& quads) {
  std::vector<Quad> result;
  for (const Quad& quad : quads) {
    std::vector<std::string> labels;
    const std::function<Term(const Term&)> replace = [&](const Term& term) {
      if (term.is_triple()) {
        Term subject = replace(term.subject());
        return Term::triple(std::move(subject), term.predicate(), replace(term.object()));
      }
      if (!term.is_literal()) return term;
      std::string bytes;
      append_term_bytes(bytes, term);
      std::string storage;
      return term_from_bytes(cdt::rename_labels(storage, bytes, [&](std::string_view label) {
        labels.emplace_back(label);
        return "place" + std::to_string(labels.size());
      }));
    };
    Quad changed = quad;
    changed.subject = replace(quad.subject);
    changed.object = replace(quad.object);
    for (std::size_t i = 0; i < labels.size(); ++i)
      result.push_back({Term::blank(labels[i]), Term::iri("urn:place:" + std::to_string(i)),
                        Term::triple(changed.subject, changed.predicate, changed.object), changed.graph});
    result.push_back(std::move(changed));
  }
  return result;
}

std::vector<Quad> all_quads(Store& store) {
  std::vector<Quad> quads;
  Session session = store.session();
  QuadPattern pattern;
  pattern.any_graph = true;
  for (QuadCursor cursor = session.match(pattern); cursor.next();) quads.push_back(cursor.quad());
  return quads;
}

bool same(const std::vector<Quad>& a, const std::vector<Quad>& b) {
  return test::isomorphic(with_labels_outside(a), with_labels_outside(b));
}

// Dumps as `format`, loads that into new stores in both ways, and compares.
void expect_round_trip(Store& store, const std::vector<Quad>& quads, Format format) {
  SCOPED_TRACE(format_name(format));
  std::ostringstream out;
  const std::uint64_t written = store.dump(out, format);
  EXPECT_EQ(written, store.statistics().quads);
  Store loaded = Store::open(":memory:");
  loaded.load_text(out.str(), format);
  EXPECT_EQ(loaded.statistics().quads, written);
  EXPECT_TRUE(same(all_quads(loaded), quads)) << out.str();

  TemporaryFolder folder;
  const std::string file =
      folder.file("dump." + std::string(format == Format::rdfxml ? "rdf" : format_name(format)), out.str());
  Store updated = Store::open(":memory:");
  updated.session().load({file});
  EXPECT_TRUE(same(all_quads(updated), quads)) << out.str();
  EXPECT_TRUE(updated.check().empty());
}

TEST(RoundTrip, OfNastyTermsIsExactInEveryFormat) {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const bool graphs = seed % 3 == 0;
    const bool tame = seed % 3 == 1;
    const std::vector<Quad> quads = Nasty(seed, graphs, tame).quads();
    Store store = Store::open(":memory:");
    store.session().insert(quads);
    ASSERT_TRUE(same(all_quads(store), quads));
    EXPECT_TRUE(store.check().empty());
    expect_round_trip(store, quads, Format::nq);
    expect_round_trip(store, quads, Format::trig);
    if (graphs) continue;
    expect_round_trip(store, quads, Format::nt);
    expect_round_trip(store, quads, Format::ttl);
    if (tame) expect_round_trip(store, quads, Format::rdfxml);
  }
}

}  // namespace
}  // namespace dossier::testing
