// Readers and writers of RDF text: bad input, skipped statements, streams in pieces, compression, convert.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/io/convert.h"
#include "engine/io/turtle_reader.h"
#include "tests/isomorphism.h"
#include "tests/rdf_text.h"

namespace dossier {
namespace {

using test::collect_into;
using test::read_quads;

constexpr const char* kTurtle = R"(# A comment with a . and an 'apostrophe
PREFIX : <http://example/>
@base <http://base/dir/> .
@prefix été: <http://summer/> .
:a a :C ; :p (1 2.5 [ :q "é\u00e9\n"@en--ltr ; :r -1.5e-3 ]) , """long "quoted" text
of two lines""" , 'it\'s'^^<rel#t> ;; .
<x> :p "x"^^:dt ~ :r1 {| :since "2025-06-13" ; :by [] |} , true {| :q :z |} .
<< :s :p << :s2 :p2 "o"@zh-Hant >> ~ _:b.1 >> :says <<( :a :b <<( _:c.d :e 'f' )>> )>> .
été:name\-x%20y :p été: , été:a.b.c .
)";

constexpr const char* kTrig = R"(PREFIX : <http://example/>
:d :p :o .
{ :d2 :p :o }
:g { :a :b :c . :a :b "d" , [ :x :y ] . }
GRAPH _:g2 { << :s :p :o >> :q 5 ; :r .5 . }
[] { :in :anonymous :graph }
)";

constexpr const char* kQuads =
    "<http://a/s> <http://a/p> \"x\\ty\\u00E9\"@en--rtl <http://a/g> . # a comment\n"
    "\n"
    "_:b.1 <http://a/p> <<( <http://a/s> <http://a/p> _:b.1 )>> .\r\n"
    "<http://a/s><http://a/p>\"5\"^^<http://www.w3.org/2001/XMLSchema#integer>_:g.\n"
    "VERSION \"1.2\"\n"
    "<http://a/s> <http://a/p> \"no newline at the end\" .";

// Gives a few bytes at a time.
class Drip final : public ByteSource {
 public:
  Drip(std::string_view text, std::size_t step) : text_(text), step_(step) {}
  std::size_t read(char* data, std::size_t size) override {
    const std::size_t count = std::min({size, step_, text_.size() - at_});
    text_.copy(data, count, at_);
    at_ += count;
    return count;
  }
  std::uint64_t consumed() const override { return at_; }
  std::uint64_t total() const override { return text_.size(); }
  bool compressed() const override { return false; }

 private:
  std::string_view text_;
  std::size_t step_;
  std::size_t at_ = 0;
};

// The message of the error that reading gives; empty when there is none.
std::string error_of(std::string_view text, Format format, const std::string& base = "") {
  try {
    read_quads(text, format, base);
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

ReadReport read_skipping(std::string_view text, Format format, std::vector<Quad>& quads) {
  ReadOptions options;
  options.name = "text";
  options.skip_bad = true;
  const auto source = memory_source(text);
  return read_rdf(*source, format, options, collect_into(quads));
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "dossier-io-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view bytes) const {
    const std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

 private:
  std::string path_;
};

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string read_all(const std::string& path) {
  const auto source = open_source(path);
  std::string text;
  char part[1000];
  while (const std::size_t count = source->read(part, sizeof part)) text.append(part, count);
  return text;
}

// ---- what is read

TEST(RdfReader, TurtleGivesTheseQuads) {
  const auto quads = read_quads("PREFIX : <http://e/> :s :p :o ~ :r {| :q 'x' |} .", Format::ttl);
  const Term s = Term::iri("http://e/s");
  const Term p = Term::iri("http://e/p");
  const Term o = Term::iri("http://e/o");
  const Term r = Term::iri("http://e/r");
  ASSERT_EQ(quads.size(), 3U);
  EXPECT_EQ(quads[0], (Quad{s, p, o, std::nullopt}));
  EXPECT_EQ(quads[1], (Quad{r, Term::iri(iri::kRdfReifies), Term::triple(s, p, o), std::nullopt}));
  EXPECT_EQ(quads[2], (Quad{r, Term::iri("http://e/q"), Term::literal("x"), std::nullopt}));
}

TEST(RdfReader, PrefixesAreReported) {
  std::vector<Quad> quads;
  const ReadReport report =
      read_skipping("PREFIX a: <http://a/> @prefix : <http://none/> . PREFIX a: <http://a2/> a:x a:y a:z .",
                    Format::ttl, quads);
  const std::vector<std::pair<std::string, std::string>> expected{{"a", "http://a2/"}, {"", "http://none/"}};
  EXPECT_EQ(report.prefixes, expected);
  ASSERT_EQ(quads.size(), 1U);
  EXPECT_EQ(quads[0].subject.value(), "http://a2/x");
}

TEST(RdfReader, FormatsByExtension) {
  EXPECT_EQ(format_of_path("a/b.nt"), Format::nt);
  EXPECT_EQ(format_of_path("b.NQ.gz"), Format::nq);
  EXPECT_EQ(format_of_path("b.ttl.zst"), Format::ttl);
  EXPECT_EQ(format_of_path("b.trig"), Format::trig);
  EXPECT_EQ(format_of_path("dir.ttl/file"), std::nullopt);
  EXPECT_EQ(format_of_path("-"), std::nullopt);
}

TEST(RdfReader, ParsesTerms) {
  EXPECT_EQ(parse_term("<http://a/b>"), Term::iri("http://a/b"));
  EXPECT_EQ(parse_term(" \"x\"@en "), Term::tagged("x", "en"));
  EXPECT_EQ(parse_term("5"), Term::integer(5));
  EXPECT_EQ(parse_term("true"), Term::boolean(true));
  EXPECT_EQ(parse_term("-.5"), Term::typed("-.5", iri::kXsdDecimal));
  EXPECT_EQ(parse_term("_:b1"), Term::blank("b1"));
  EXPECT_EQ(parse_term("<<( <a:s> <a:p> \"o\" )>>"),
            Term::triple(Term::iri("a:s"), Term::iri("a:p"), Term::literal("o")));
  for (const char* bad :
       {"", "<rel>", "ex:a", "\"x", "[]", "(1)", "<a:b> <a:c>", "5 6", "<<(<a:s> <a:p>)>>", "\xFF", "a"})
    EXPECT_THROW(parse_term(bad), ParseError) << bad;
  try {
    parse_term("<a:b> x");
    FAIL();
  } catch (const ParseError& error) {
    EXPECT_EQ(error.line(), 1U);
    EXPECT_EQ(error.column(), 7U);
  }
}

// ---- errors

TEST(RdfReader, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(error_of("<http://a/s> <http://a/p> <http://a/o> .\n<http://a/s> <http://a/p> .\n", Format::nt),
            "text:2:27: expected an object (an IRI, a blank node, a literal or a triple term), found '.'");
  EXPECT_EQ(error_of("<http://a/s> <rel> <http://a/o> .", Format::nt),
            "text:1:14: the IRI is relative (it has no scheme) and there is no base to resolve it against");
  EXPECT_EQ(error_of("<http://a/é é> <a:p> <a:o> .", Format::nt),
            "text:1:12: an IRI must not contain a space");
  EXPECT_EQ(error_of("<a:s> <a:p> \"\\uD83D\" .", Format::nt),
            "text:1:14: \\uD83D is a surrogate, which is no character; write characters beyond U+FFFF as \\U "
            "with 8 digits");
  EXPECT_EQ(error_of("<a:s> <a:p> \"\xC3\x28\" .", Format::nt), "text:1:13: the literal is not valid UTF-8");
  EXPECT_EQ(error_of("<a:s> <a:p> <a:o> <a:g> .", Format::nt),
            "text:1:19: expected '.' at the end of the triple, found '<'");
  EXPECT_EQ(error_of("<a:s> <a:p> \"open .\n", Format::nt),
            "text:1:13: expected \" at the end of the string that begins here");
  EXPECT_EQ(error_of("<a:s> a ex:C .", Format::ttl), "text:1:9: the prefix ex: is not declared");
  EXPECT_EQ(error_of("\n\n  <a:s> <a:p> <a:o>\n<a:s2> <a:p> <a:o> .", Format::ttl),
            "text:4:1: expected ',', ';' or '.' after the object, found '<'");
  EXPECT_EQ(error_of("<a:s> <a:p> <a:o>", Format::ttl),
            "text:1:18: expected ',', ';' or '.' after the object, but the text ends here");
  EXPECT_EQ(error_of("<a:g> { <a:s> <a:p> <a:o> ", Format::trig),
            "text:1:27: expected ',', ';', '.' or '}' after the object, but the text ends here");
  EXPECT_NE(
      error_of("<a:s> <a:p> \"x\"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .", Format::ttl),
      "");
}

TEST(RdfReader, NestingIsBounded) {
  constexpr int kDeep = 200000;
  std::string open;
  std::string terms;
  std::string annotations = "<a:s> <a:p> <a:o> ";
  std::string reified;
  for (int i = 0; i < kDeep; ++i) {
    open += "(";
    terms += "<<( <a:s> <a:p> ";
    annotations += "{| <a:p> <a:o> ";
    reified += "<< ";
  }
  for (const std::string& text : {"<a:s> <a:p> " + open, "<a:s> <a:p> " + terms, annotations, reified}) {
    const std::string error = error_of(text, Format::ttl);
    EXPECT_NE(error.find("nested more than"), std::string::npos) << error;
  }
  EXPECT_NE(error_of("<a:s> <a:p> " + terms, Format::nt).find("nested more than"), std::string::npos);
}

TEST(RdfReader, ALongTermIsAnErrorOfItsStatement) {
  const std::string line = "<a:s> <a:p> \"" + std::string(100000, 'x') + "\" .\n";
  const std::string text = "<a:s> <a:p> 'before' .\n" + line + "<a:s> <a:p> 'after' .\n";
  for (const Format format : {Format::nt, Format::ttl}) {
    std::string input = text;
    if (format == Format::nt) std::replace(input.begin(), input.end(), '\'', '"');
    ReadOptions options;
    options.name = "text";
    options.max_term_bytes = 10000;
    std::vector<Quad> quads;
    EXPECT_THROW(read_rdf(*memory_source(input), format, options, collect_into(quads)), DataError);
    quads.clear();
    options.skip_bad = true;
    Drip source(input, 4096);
    const ReadReport report = read_rdf(source, format, options, collect_into(quads));
    EXPECT_EQ(report.bad, 1U);
    ASSERT_EQ(quads.size(), 2U);
    EXPECT_EQ(quads[1].object.value(), "after");
    ASSERT_EQ(report.first_bad.size(), 1U);
    EXPECT_EQ(report.first_bad[0].line, 2U);
  }
}

TEST(RdfReader, SkipsBadLines) {
  std::vector<Quad> quads;
  const ReadReport report = read_skipping(
      "<a:s> <a:p> <a:1> .\n"
      "<a:only> <a:p> .\n"
      "<a:s> <a:p> <a:2> . <a:junk>\n"
      "<a:s> <a:p> <not an iri> .\n"
      "<a:s> <a:p> <a:3> .\n",
      Format::nt, quads);
  EXPECT_EQ(report.quads, 2U);
  EXPECT_EQ(report.bad, 3U);
  ASSERT_EQ(report.first_bad.size(), 3U);
  EXPECT_EQ(report.first_bad[1].line, 3U);
  EXPECT_EQ(report.first_bad[1].column, 21U);
  ASSERT_EQ(quads.size(), 2U);
  EXPECT_EQ(quads[1].object.value(), "a:3");
}

TEST(RdfReader, ABadLineLeavesNoTerms) {
  ReadOptions options;
  options.skip_bad = true;
  QuadBatch batch;
  ReadReport report;
  read_lines("<a:s> <a:p> <a:o> .\n<a:new> <a:other> \"lost\n<a:new> <a:p> <a:o> .\n", Format::nt, 1, options,
             batch, report);
  EXPECT_EQ(report.bad, 1U);
  EXPECT_EQ(batch.entries().size(), 4U);
  ASSERT_EQ(batch.rows().size(), 2U);
  EXPECT_EQ(batch.bytes(batch.rows()[1][0]), "Ia:new");
}

TEST(RdfReader, SkipsBadStatementsOfTurtle) {
  std::vector<Quad> quads;
  const ReadReport report = read_skipping(
      "PREFIX : <http://e/>\n"
      ":a :p 1 , \"a dot . and \\q a bad escape\" , 2 . :b :p 2 .\n"
      ":c :p undeclared:x ; :q 3.5 .\n"
      ":d :p '''long\n. bad \\z''' .\n"
      ":e :p 4 .\n",
      Format::ttl, quads);
  EXPECT_EQ(report.bad, 3U);
  EXPECT_EQ(report.quads, 2U);
  ASSERT_EQ(quads.size(), 2U);
  EXPECT_EQ(quads[0].subject.value(), "http://e/b");
  EXPECT_EQ(quads[1].subject.value(), "http://e/e");
}

TEST(RdfReader, SkipsBadStatementsWithinTheirGraph) {
  std::vector<Quad> quads;
  const ReadReport report = read_skipping(
      "PREFIX : <http://e/>\n"
      ":g { :a :p . :b :p :in . :c :p }\n"
      "no:graph { :lost :p :o . :lost :p :o }\n"
      ":d :p :out .\n",
      Format::trig, quads);
  EXPECT_EQ(report.bad, 3U);
  ASSERT_EQ(quads.size(), 2U);
  EXPECT_EQ(quads[0].graph, Term::iri("http://e/g"));
  EXPECT_EQ(quads[1].subject.value(), "http://e/d");
  EXPECT_EQ(quads[1].graph, std::nullopt);
}

// ---- streams

TEST(RdfReader, PiecesAndBatchesMakeNoDifference) {
  struct Case {
    const char* text;
    Format format;
  };
  for (const Case& c : {Case{kTurtle, Format::ttl}, Case{kTrig, Format::trig}, Case{kQuads, Format::nq}}) {
    const auto expected = read_quads(c.text, c.format);
    ASSERT_GT(expected.size(), 3U);
    for (const std::size_t step : {1, 2, 3, 7, 64})
      for (const std::size_t rows : {1, 2, 1000}) {
        ReadOptions options;
        options.batch_rows = rows;
        std::vector<Quad> quads;
        Drip source(c.text, step);
        if (c.format == Format::nq)
          read_rdf(source, c.format, options, collect_into(quads));
        else
          io::TurtleReader(source, c.format == Format::trig, options, collect_into(quads), 1).read();
        EXPECT_EQ(quads, expected) << format_name(c.format) << " in steps of " << step << ", batches of "
                                   << rows;
      }
  }
}

TEST(RdfReader, BatchesAreHandedOnByTheirBytesToo) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "<a:s> <a:p> \"" + std::to_string(i) + std::string(10000, 'x') + "\" .\n";
  for (const Format format : {Format::nt, Format::ttl}) {
    ReadOptions options;
    options.batch_bytes = 50000;
    std::size_t largest = 0;
    std::size_t rows = 0;
    read_rdf(*memory_source(text), format, options, [&](QuadBatch& batch) {
      largest = std::max(largest, batch.size_bytes());
      rows += batch.rows().size();
    });
    EXPECT_EQ(rows, 100U);
    EXPECT_LT(largest, 70000U);
  }
}

TEST(RdfReader, LinesMayEndInAnyWay) {
  for (const char* text :
       {"\xEF\xBB\xBF<a:s> <a:p> <a:1> .\n<a:s> <a:p> <a:2> .", "<a:s> <a:p> <a:1> .\r<a:s> <a:p> <a:2> .\r",
        "\r\n<a:s> <a:p> <a:1> .# x\r\n# y\r\n\r\n<a:s> <a:p> <a:2> .\r\n"})
    for (const Format format : {Format::nt, Format::ttl})
      EXPECT_EQ(read_quads(text, format).size(), 2U) << text;
}

TEST(RdfReader, TruncatedAnywhereItNeverCrashes) {
  for (const auto& [whole, format] :
       {std::pair{std::string(kTurtle), Format::ttl}, std::pair{std::string(kTrig), Format::trig},
        std::pair{std::string(kQuads), Format::nq}}) {
    const std::size_t all = read_quads(whole, format).size();
    for (std::size_t length = 0; length < whole.size(); ++length) {
      // In memory of its own size, so that a read beyond it is seen by the address sanitizer.
      const std::vector<char> text(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      std::vector<Quad> quads;
      const ReadReport report = read_skipping({text.data(), text.size()}, format, quads);
      EXPECT_LE(quads.size(), all);
      EXPECT_EQ(report.quads, quads.size());
      try {
        read_quads({text.data(), text.size()}, format);
      } catch (const DataError& error) {
        EXPECT_GT(error.line(), 0U);
      }
    }
  }
}

TEST(RdfReader, AnyByteMayBeWrong) {
  for (const auto& [whole, format] :
       {std::pair{std::string(kTurtle), Format::ttl}, std::pair{std::string(kTrig), Format::trig},
        std::pair{std::string(kQuads), Format::nq}})
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (const char wrong : {'"', '\'', '<', '>', '\\', '.', '{', '}', '|', '[', '\xFF', '\0', '\n'}) {
        std::string text = whole;
        text[at] = wrong;
        std::vector<Quad> quads;
        const ReadReport report = read_skipping(text, format, quads);
        EXPECT_EQ(report.quads, quads.size()) << text;
      }
}

TEST(RdfReader, ReadsCompressedFiles) {
  std::string text;
  for (int i = 0; i < 100000; ++i)
    text += "<http://a/s" + std::to_string(i * 7919 % 100003) + "> <http://a/p> <http://a/o> .\n";
  const TemporaryFolder folder;
  EXPECT_EQ(read_all(folder.write("plain.nt", text)), text);
  EXPECT_EQ(read_all(folder.write("empty.nt", "")), "");
  EXPECT_EQ(read_all(folder.write("one.gz", gzip(text))), text);
  EXPECT_EQ(read_all(folder.write("two.gz", gzip(text) + gzip("") + gzip("end") + std::string(100, '\0'))),
            text + "end");
  EXPECT_EQ(read_all(folder.write("one.zst", zstd(text))), text);
  EXPECT_EQ(read_all(folder.write("two.zst", zstd(text) + zstd("end"))), text + "end");
  for (const std::string& packed : {gzip(text), zstd(text)})
    for (const std::size_t length : {std::size_t{5}, packed.size() / 2, packed.size() - 1}) {
      const std::string path = folder.write("cut", packed.substr(0, length));
      try {
        read_all(path);
        FAIL() << length;
      } catch (const DataError& error) {
        EXPECT_NE(std::string(error.what()).find("truncated"), std::string::npos) << error.what();
        EXPECT_EQ(error.file(), path);
      }
    }
  std::string damaged = gzip(text);
  damaged[damaged.size() / 2] ^= 0x55;
  EXPECT_THROW(read_all(folder.write("damaged.gz", damaged)), DataError);
  EXPECT_THROW(open_source("/no/such/file.nt"), DataError);
  EXPECT_THROW(open_source("/"), DataError);
}

// ---- writers and convert

std::string converted(const std::vector<std::string>& files, const ConvertOptions& options) {
  std::ostringstream out;
  convert(files, out, options);
  return std::move(out).str();
}

TEST(Convert, TurtleKeepsPrefixesAndGroups) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.ttl", "PREFIX : <http://e/> :s :p 1 , 2 ; :q [ :r true ] . <t#x> a :C .");
  ConvertOptions options;
  options.to = Format::ttl;
  options.base = "http://base/";
  EXPECT_EQ(converted({file}, options),
            "PREFIX : <http://e/>\n\n"
            "<http://base/t#x> a :C .\n"
            ":s :p 1 , 2 ; :q [ :r true ] .\n");
}

TEST(Convert, TurtleWritesAnnotations) {
  const TemporaryFolder folder;
  const std::string text =
      "PREFIX : <http://e/>\n\n"
      ":s :p :o ~ :r1 {| :by :x ; :since 2025 , 2026 |} ~ :r2 , :o2 ; :q \"z\" .\n"
      ":t :p <<( :s :p :o )>> .\n";
  ConvertOptions options;
  options.to = Format::ttl;
  EXPECT_EQ(converted({folder.write("a.ttl", text)}, options), text);
}

TEST(Convert, KeepsBlankNodesOfFilesApart) {
  const TemporaryFolder folder;
  const auto one = folder.write("one.nt", "_:a <a:p> _:anon0 .\n");
  const auto two = folder.write("two.ttl", "_:a <a:p> [] .\n");
  EXPECT_EQ(converted({one}, {}), "_:a <a:p> _:anonx0 .\n");
  EXPECT_EQ(converted({one, two}, {}), "_:f1_a <a:p> _:f1_anonx0 .\n_:f2_a <a:p> _:f2_anon0 .\n");
}

TEST(Convert, CanonicalIsSortedAndEachLineOnce) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "a.trig", "<a:z> <a:p> 'x\\u0008'@EN . <a:g> { <a:b> <a:p> 1, 1 } <a:a> <a:p> \"\\u007F\" .");
  ConvertOptions options;
  options.canonical = true;
  EXPECT_EQ(converted({file}, options),
            "<a:a> <a:p> \"\\u007F\" .\n"
            "<a:b> <a:p> \"1\"^^<http://www.w3.org/2001/XMLSchema#integer> <a:g> .\n"
            "<a:z> <a:p> \"x\\b\"@en .\n");
  options.to = Format::ttl;
  EXPECT_THROW(converted({file}, options), QueryError);
}

TEST(Convert, RefusesWhatAFormatCannotHold) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.nq", "<a:s> <a:p> <a:o> <a:g> .\n");
  for (const Format to : {Format::nt, Format::ttl, Format::json}) {
    ConvertOptions options;
    options.to = to;
    EXPECT_THROW(converted({file}, options), QueryError);
  }
  EXPECT_THROW(converted({folder.write("noname", "")}, {}), DataError);
}

TEST(Convert, EveryFormatReadsBackTheSame) {
  for (const auto& [text, format] :
       {std::pair{kTurtle, Format::ttl}, std::pair{kTrig, Format::trig}, std::pair{kQuads, Format::nq}}) {
    const auto quads = read_quads(text, format);
    for (const Format to : {Format::nq, Format::trig}) {
      std::ostringstream out;
      const auto writer =
          make_rdf_writer(out, to, {{{"", "http://example/"}, {"été", "http://summer/"}}, false});
      for (const Quad& quad : quads) writer->write(quad);
      writer->finish();
      EXPECT_TRUE(test::isomorphic(read_quads(out.str(), to), quads)) << out.str();
    }
  }
}

}  // namespace
}  // namespace dossier
