// Writers of RDF as people see them, and the law that holds for all of them: what is written reads back as
// the same dataset, whatever the blank nodes, lists, reifiers and literals in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <sstream>

#include "engine/io/rdfxml_writer.h"
#include "engine/io/turtle_arrangement.h"
#include "engine/io/turtle_writer.h"
#include "tests/isomorphism.h"
#include "tests/rdf_text.h"

namespace dossier {
namespace {

using test::read_quads;
using ::testing::HasSubstr;

constexpr std::string_view kRdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

const std::vector<std::pair<std::string, std::string>> kPrefixes = {
    {"", "http://e/"}, {"x", "http://e/x/"}, {"rdf", std::string(kRdf)}, {"unused", "http://unused/"}};

std::string written(const std::vector<Quad>& quads, Format format) {
  std::ostringstream out;
  const auto writer = make_rdf_writer(out, format, {kPrefixes, false});
  for (const Quad& quad : quads) writer->write(quad);
  writer->finish();
  return std::move(out).str();
}

std::string turtle(std::string_view text) {
  return written(
      read_quads(std::string("PREFIX : <http://e/> PREFIX rdf: <").append(kRdf).append("> ").append(text),
                 Format::trig),
      Format::trig);
}

// ---- how it looks

struct Look {
  std::string_view text;
  std::string_view expected;  // without the PREFIX lines
};

TEST(TurtleWriter, Looks) {
  const Look looks[] = {
      // grouped and in order: types first, 9 before 10
      {":b :q 10 , 9 . :a :p :o ; a :C .", ":a a :C ; :p :o .\n:b :q 9 , 10 .\n"},
      // numbers and booleans in short form only where that is exact
      {":s :p 1 , 01 , 1.0 , 1e0 , true , '1'^^<http://www.w3.org/2001/XMLSchema#boolean> .",
       ":s :p 01 , \"1\"^^<http://www.w3.org/2001/XMLSchema#boolean> , 1 , 1.0 , 1e0 , true .\n"},
      // blank nodes that one place refers to
      {":s :p [ :q [ :r 1 ] ] . _:a :p [] .", ":s :p [ :q [ :r 1 ] ] .\n[] :p [] .\n"},
      {":s :p _:a . :t :p _:a .", ":s :p _:a .\n:t :p _:a .\n"},
      {"_:a :p _:b . _:b :p _:a .", "_:a :p [ :p _:a ] .\n"},
      {"_:a :p _:a .", "_:a :p _:a .\n"},
      // lists, and what is none
      {":s :p ( 1 ( :a ) [ :q 2 ] () ) .", ":s :p ( 1 ( :a ) [ :q 2 ] () ) .\n"},
      {":s :p [ rdf:first 1 ; rdf:rest rdf:nil ; :q 2 ] .", ":s :p [ :q 2 ; rdf:first 1 ; rdf:rest () ] .\n"},
      {":s :p _:l . :t :p _:l . _:l rdf:first 1 ; rdf:rest ( 2 ) .",
       ":s :p _:l .\n:t :p _:l .\n_:l rdf:first 1 ; rdf:rest ( 2 ) .\n"},
      {":s :p _:a . _:a rdf:first 1 ; rdf:rest _:b . _:b rdf:first 2 ; rdf:rest _:a .",
       ":s :p _:a .\n_:a rdf:first 1 ; rdf:rest [ rdf:first 2 ; rdf:rest _:a ] .\n"},
      // annotations
      {":s :p :o {| :since 2025 |} .", ":s :p :o {| :since 2025 |} .\n"},
      {":s :p :o ~ :r {| :since 2025 |} ~ ~ _:x {| :by :a |} . :t :q _:x .",
       ":s :p :o ~ :r {| :since 2025 |} ~ _:x {| :by :a |} ~ .\n:t :q _:x .\n"},
      {":s :p :o {| :q 1 {| :r 2 |} |} .", ":s :p :o {| :q 1 {| :r 2 |} |} .\n"},
      {"[] :p [ :q 1 ] {| :r 2 |} .", "[] :p [ :q 1 ] {| :r 2 |} .\n"},
      {":s :p :o , :o2 . :r rdf:reifies <<( :s :p :o )>> , <<( :s :p :o2 )>> ; :by :a .",
       ":s :p :o ~ :r {| :by :a |} , :o2 ~ :r .\n"},
      // claims: reified, not asserted
      {"<< :s :p :o >> :saidBy :a .", "<< :s :p :o >> :saidBy :a .\n"},
      {"<< :s :p :o ~ :r >> .", "<< :s :p :o ~ :r >> .\n"},
      {":a :said << :s :p :o >> .", ":a :said << :s :p :o >> .\n"},
      {":a :said <<( :s a _:b )>> .", ":a :said <<( :s a _:b )>> .\n"},
      {":r rdf:reifies <<( :s :p 1 )>> , <<( :s :p 2 )>> .",
       ":r rdf:reifies <<( :s :p 1 )>> , <<( :s :p 2 )>> .\n"},
      // a reifier in another graph than the triple asserts nothing here
      {":s :p :o . GRAPH :g { << :s :p :o >> :by :a }",
       ":s :p :o .\n\n:g {\n    << :s :p :o >> :by :a .\n}\n"},
      {"GRAPH :g { :s :p :o {| :by :a |} } GRAPH _:h { :s :p _:h }",
       ":g {\n    :s :p :o {| :by :a |} .\n}\n\n_:h {\n    :s :p _:h .\n}\n"},
      // strings of several lines, local names
      {":s :p 'a\\n\"b\"\"\"' .", ":s :p \"\"\"a\n\"b\\\"\\\"\\\"\"\"\" .\n"},
      {":s :p <http://e/x/y> , <http://e/a(b)> , <http://e/%C3%A9:z> , <http://e/50%> , <http://e/a.> .",
       ":s :p :%C3%A9:z , <http://e/50%> , <http://e/a(b)> , <http://e/a.> , x:y .\n"},
  };
  for (const Look& look : looks) {
    const std::string text = turtle(look.text);
    std::size_t body = 0;
    while (text.compare(body, 6, "PREFIX") == 0) body = text.find('\n', body) + 1;
    if (body != 0) ++body;  // the empty line
    EXPECT_EQ(text.substr(body), look.expected) << look.text;
  }
}

TEST(TurtleWriter, LongStatementsAreBroken) {
  const std::string text = turtle(
      ":chen a :Person ; :appointedTo :head-of-the-provincial-police {| :on '2025-06-13' ; :saidBy "
      ":the-official-gazette ;"
      " :source :the-report-of-the-week |} ; :members ( :a-rather-long-name-1 :a-rather-long-name-2 "
      ":a-rather-long-name-3"
      " :a-rather-long-name-4 :a-rather-long-name-5 :a-rather-long-name-6 ) ; :knows :li , [ :name "
      "'somebody' ] . :li a :Person .");
  EXPECT_EQ(text, R"(PREFIX : <http://e/>

:chen a :Person ;
    :appointedTo :head-of-the-provincial-police
        {| :on "2025-06-13" ; :saidBy :the-official-gazette ; :source :the-report-of-the-week |} ;
    :knows :li , [ :name "somebody" ] ;
    :members (
        :a-rather-long-name-1 :a-rather-long-name-2 :a-rather-long-name-3 :a-rather-long-name-4
        :a-rather-long-name-5 :a-rather-long-name-6
    ) .

:li a :Person .
)");
}

TEST(TurtleWriter, OnlyUsedPrefixesAreDeclared) {
  EXPECT_EQ(turtle(":s a :C ."), "PREFIX : <http://e/>\n\n:s a :C .\n");
  EXPECT_EQ(turtle("<a:s> a <a:C> ."), "<a:s> a <a:C> .\n");
  EXPECT_EQ(turtle(""), "");
}

TEST(TurtleWriter, TheOrderOfTheQuadsDoesNotMatter) {
  auto quads = read_quads(
      "PREFIX : <http://e/> :s :p 1 , 2 {| :a :b |} , ( 1 2 ) , [ :q 3 ] . :t :p _:x . :u :p _:x . << :a :b "
      ":c >> :d :e . "
      "GRAPH :g { :s :p 1 }",
      Format::trig);
  const std::string expected = written(quads, Format::trig);
  std::mt19937 random(1);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(quads.begin(), quads.end(), random);
    EXPECT_EQ(written(quads, Format::trig), expected);
  }
}

TEST(TurtleWriter, DeepNestingEndsInStatements) {
  std::string chain;  // of blank nodes, no list
  std::string list;
  for (int i = 0; i < 2000; ++i) {
    chain += "_:c" + std::to_string(i) + " <a:p> _:c" + std::to_string(i + 1) + " .\n";
    list += "_:l" + std::to_string(i) + " <" + std::string(kRdf) + "first> _:d" + std::to_string(i) + " ; <" +
            std::string(kRdf) + "rest> _:l" + std::to_string(i + 1) + " .\n";
  }
  list += "_:l2000 <" + std::string(kRdf) + "first> _:l0 ; <" + std::string(kRdf) + "rest> <" +
          std::string(kRdf) + "nil> .\n";  // in itself
  for (const std::string& text : {chain, list}) {
    const auto quads = read_quads(text, Format::ttl);
    const auto again = read_quads(written(quads, Format::ttl), Format::ttl);
    EXPECT_EQ(again.size(), quads.size());
  }
}

TEST(TurtleWriter, TextsInNaturalOrder) {
  using io::compare_naturally;
  const std::vector<std::string> sorted = {
      "",    "0",  "00",  "01",  "1", "9",         "10",        "10a",         "a",
      "a02", "a2", "a2b", "a10", "b", "b12345678", "b12345679", "b0123456700", "b123456700"};
  for (std::size_t i = 0; i < sorted.size(); ++i)
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      const int order = compare_naturally(sorted[i], sorted[j]);
      EXPECT_EQ(order < 0, i < j) << sorted[i] << " " << sorted[j];
      EXPECT_EQ(order == 0, i == j) << sorted[i] << " " << sorted[j];
    }
}

// ---- what is written reads back the same

class RandomQuads {
 public:
  explicit RandomQuads(std::uint32_t seed) : random_(seed) {}

  std::vector<Quad> quads(bool named_graphs) {
    std::vector<Quad> quads;
    const int count = below(14) + 1;
    for (int i = 0; i < count; ++i) {
      const auto graph = named_graphs ? graph_name() : std::nullopt;
      switch (below(8)) {
        case 0:
          add_list(quads, graph);
          break;
        case 1:
        case 2:
          add_reifier(quads, graph);
          break;
        case 3:  // a cycle of blank nodes
          for (int k = 0, n = below(4) + 1; k < n; ++k)
            quads.push_back({blank(k), predicate(), blank((k + 1) % n), graph});
          break;
        default:
          quads.push_back({resource(), predicate(), object(2), graph});
      }
    }
    return quads;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  Term rdf(std::string_view name) { return Term::iri(std::string(kRdf).append(name)); }
  Term blank(int n) { return Term::blank("b" + std::to_string(n)); }
  Term iri() {
    static const char* const kNames[] = {"a",    "b",   "x/y", "x/", "",  "a.",
                                         "a(b)", "%41", "1",   "é",  "-", "a:b"};
    return Term::iri(std::string("http://e/") + kNames[below(12)]);
  }
  Term resource() { return below(2) == 0 ? blank(below(8)) : iri(); }
  Term predicate() {
    static const char* const kNames[] = {"type", "first", "rest", "reifies", "value"};
    if (below(4) == 0) return rdf(kNames[below(5)]);
    static const char* const kOwn[] = {"p", "q", "x/r", "x/é", "http"};
    return Term::iri(std::string("http://e/") + kOwn[below(5)]);
  }
  std::optional<Term> graph_name() {
    switch (below(4)) {
      case 0:
        return iri();
      case 1:
        return blank(below(8));
      default:
        return std::nullopt;
    }
  }
  Term literal() {
    static const char* const kTexts[] = {"",       " ",     "a",          "\n",   "a\r\nb", "\t",    "\"",
                                         "\"\"\"", "x\"",   "\\",         "]]>",  "<&>",    "1",     "01",
                                         "1.0",    "-1.50", "1e5",        "true", "false",  "  x  ", "é",
                                         "𝒳",      "\r",    "\n\"\"\n\"", "'",    "{|"};
    const std::string text = kTexts[below(26)];
    switch (below(6)) {
      case 0:
        return Term::tagged(text, below(2) == 0 ? "en" : "zh-Hant");
      case 1:
        return Term::tagged(text, "ar", below(2) == 0 ? Direction::rtl : Direction::ltr);
      case 2:
      case 3: {
        static const char* const kTypes[] = {"integer", "decimal", "double", "boolean", "date"};
        return Term::typed(text, std::string("http://www.w3.org/2001/XMLSchema#") + kTypes[below(5)]);
      }
      default:
        return Term::literal(text);
    }
  }
  Term object(int depth) {
    switch (below(depth > 0 ? 7 : 6)) {
      case 0:
        return literal();
      case 1:
        return rdf("nil");
      case 6:
        return Term::triple(resource(), predicate(), object(depth - 1));
      default:
        return below(3) == 0 ? literal() : resource();
    }
  }
  // Well-formed, ill-formed, circular, with more properties, referred to once or often.
  void add_list(std::vector<Quad>& quads, const std::optional<Term>& graph) {
    const int first = below(8);
    const int length = below(4) + 1;
    for (int i = 0; i < length; ++i) {
      const Term node = blank((first + i) % 8);
      if (below(12) != 0) quads.push_back({node, rdf("first"), object(1), graph});
      const bool ends = i + 1 == length;
      if (below(12) != 0)
        quads.push_back({node, rdf("rest"),
                         !ends           ? blank((first + i + 1) % 8)
                         : below(6) == 0 ? resource()
                                         : rdf("nil"),
                         below(12) == 0 ? std::nullopt : graph});
      if (below(8) == 0) quads.push_back({node, predicate(), object(1), graph});
    }
    if (below(5) != 0) quads.push_back({resource(), predicate(), blank(first), graph});
  }
  void add_reifier(std::vector<Quad>& quads, const std::optional<Term>& graph) {
    const Quad about = !quads.empty() && below(2) == 0
                           ? quads[static_cast<std::size_t>(below(static_cast<int>(quads.size())))]
                           : Quad{resource(), predicate(), object(1), graph};
    if (below(3) != 0) quads.push_back(about);
    for (int i = 0, n = below(3) + 1; i < n; ++i) {
      const Term reifier = resource();
      quads.push_back({reifier, rdf("reifies"), Term::triple(about.subject, about.predicate, about.object),
                       below(6) == 0 ? graph : about.graph});
      for (int k = below(3); k > 0; --k) quads.push_back({reifier, predicate(), object(1), about.graph});
    }
  }

  std::mt19937 random_;
};

TEST(RdfXmlWriter, Looks) {
  const auto quads = read_quads(
      "PREFIX : <http://e/> PREFIX z: <http://z/#>\n"
      ":s a :C , z:D ; :p 1 , 'a & <b>]]>' , ' '@en , :o , _:1 ; z:q <<( :s :p '\\r\\n'@ar--rtl )>> .\n"
      "_:n1 a z:D .\n",
      Format::ttl);
  EXPECT_EQ(written(quads, Format::rdfxml), R"(<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns="http://e/"
         xmlns:its="http://www.w3.org/2005/11/its"
         xmlns:ns1="http://z/#"
         rdf:version="1.2">
  <C rdf:about="http://e/s">
    <rdf:type rdf:resource="http://z/#D"/>
    <p rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">1</p>
    <p>a &amp; &lt;b&gt;]]&gt;</p>
    <p xml:lang="en"> </p>
    <p rdf:resource="http://e/o"/>
    <p rdf:nodeID="n1"/>
    <ns1:q rdf:parseType="Triple">
      <rdf:Description rdf:about="http://e/s">
        <p its:version="2.0" its:dir="rtl" xml:lang="ar">&#xD;
</p>
      </rdf:Description>
    </ns1:q>
  </C>
  <ns1:D rdf:nodeID="nn1"/>
</rdf:RDF>
)");
}

TEST(RdfXmlWriter, SaysWhatItCannotHold) {
  const auto refusal = [](std::string_view text) -> std::string {
    try {
      written(read_quads(text, Format::trig), Format::rdfxml);
    } catch (const QueryError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(refusal("<a:s> <http://e/1> 1 ."), HasSubstr("the predicate <http://e/1>"));
  EXPECT_THAT(refusal("<a:s> <http://e/> 1 ."), HasSubstr("the predicate <http://e/>"));
  EXPECT_THAT(refusal(std::string("<a:s> <").append(kRdf).append("li> 1 .")),
              HasSubstr("no term of the syntax"));
  EXPECT_THAT(refusal(std::string("<a:s> <").append(kRdf).append("about> 1 .")),
              HasSubstr("no term of the syntax"));
  EXPECT_THAT(refusal("<a:s> <a:p> 'before \\u0001 after' ."), HasSubstr("the character U+0001"));
  EXPECT_THAT(refusal("<a:s> <a:p> '\\uFFFE' ."), HasSubstr("the character U+FFFE"));
  EXPECT_THAT(refusal("<a:g> { <a:s> <a:p> 1 }"), HasSubstr("the named graph <a:g>"));
  EXPECT_EQ(
      refusal(
          std::string("<a:s> a <http://e/1> , <").append(kRdf).append("li> ; <a:été> '\\u0085\\u007F' .")),
      "no error");
}

// Documents whose namespaces come after the head, prefixes that XML keeps for itself.
TEST(RdfXmlWriter, NamespacesAreDeclaredWhereTheyCome) {
  const auto quads = read_quads(
      "<a:s> <a:p> 1 , 'x'@en--ltr . <a:t> a <http://z#T> ; <http://z#q> 2 ; <http://its/dir> 'y'@ar--rtl ; "
      "<http://d/n> <<( "
      "_:a <http://z#q> _:b )>> ; <http://www.w3.org/2005/11/itsx> 'z'@ar--rtl ; "
      "<http://www.w3.org/XML/1998/namespacex> 3 .",
      Format::ttl);
  for (const std::size_t head : {std::size_t{1}, std::size_t{300}, std::size_t{1} << 20}) {
    std::ostringstream out;
    io::RdfXmlWriter writer(out, head);
    for (const auto& [label, iri] :
         {std::pair{"its", "http://its/"}, std::pair{"xml", "http://z#"}, std::pair{"rdf", "http://z#"},
          std::pair{"", "http://d/"}, std::pair{"1", "http://z#"}})
      writer.add_prefix(label, iri);
    for (const Quad& quad : quads) writer.write(quad);
    writer.finish();
    EXPECT_TRUE(test::isomorphic(read_quads(out.str(), Format::rdfxml), quads)) << out.str();
  }
}

TEST(RdfXmlWriter, WhatIsWrittenReadsBackTheSame) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    const auto quads = RandomQuads(seed).quads(false);
    std::string text;
    try {
      text = written(quads, Format::rdfxml);
      ASSERT_TRUE(test::isomorphic(read_quads(text, Format::rdfxml), quads)) << "seed " << seed << "\n"
                                                                             << text;
    } catch (const std::exception& error) {
      FAIL() << "seed " << seed << ": " << error.what() << "\n" << text << written(quads, Format::nq);
    }
  }
}

TEST(RdfWriters, WhatIsWrittenReadsBackTheSame) {
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    const bool named = seed % 2 == 0;
    const auto quads = RandomQuads(seed).quads(named);
    for (const Format format : {named ? Format::trig : Format::ttl, named ? Format::nq : Format::nt}) {
      const std::string text = written(quads, format);
      try {
        ASSERT_TRUE(test::isomorphic(read_quads(text, format), quads)) << "seed " << seed << "\n" << text;
      } catch (const std::exception& error) {
        FAIL() << "seed " << seed << ": " << error.what() << "\n" << text << written(quads, Format::nq);
      }
    }
  }
}

TEST(RdfWriters, WindowsOfEverySizeReadBackTheSame) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    const auto quads = RandomQuads(seed).quads(true);
    for (const std::size_t rows : {1, 2, 5, 9}) {
      std::ostringstream out;
      io::TurtleWriter writer(out, true, rows);
      for (const auto& [label, iri] : kPrefixes) writer.add_prefix(label, iri);
      for (const Quad& quad : quads) writer.write(quad);
      writer.finish();
      ASSERT_TRUE(test::isomorphic(read_quads(out.str(), Format::trig), quads)) << "seed " << seed << "\n"
                                                                                << out.str();
    }
  }
}

}  // namespace
}  // namespace dossier
