// The RDF/XML reader beyond what the W3C suite asks: errors and where they stand, what skip_bad leaves out,
// limits, batches of every size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/isomorphism.h"
#include "tests/rdf_text.h"

namespace dossier {
namespace {

using test::collect_into;
using test::read_quads;
using ::testing::HasSubstr;

constexpr std::string_view kHead =
    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:e=\"http://e/\" "
    "rdf:version=\"1.2\">\n";

std::string document(std::string_view body) {
  return std::string(kHead).append(body).append("\n</rdf:RDF>\n");
}

std::vector<Quad> turtle(std::string_view text) {
  return read_quads(
      std::string("PREFIX e: <http://e/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>\n")
          .append(text),
      Format::ttl);
}

std::string error_of(std::string_view text, const ReadOptions& given = {}) {
  ReadOptions options = given;
  options.name = "f.rdf";
  std::vector<Quad> quads;
  try {
    read_rdf(*memory_source(text), Format::rdfxml, options, collect_into(quads));
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

struct Fault {
  std::string body;
  std::string where;  // line:column
  std::string what;
};

TEST(RdfXmlReader, ErrorsSayWhereAndWhatWasExpected) {
  const Fault faults[] = {
      {"<e:C rdf:about='a b'/>", "2:1", "rdf:about=\"a b\": an IRI must not contain a space"},
      {"<e:C rdf:about='x'/>", "2:1", "the IRI is relative"},
      {"<e:C>\n <e:p rdf:resource='http://e/|'/></e:C>", "3:2", "must not contain the character |"},
      {"<e:C>é<e:p/></e:C>", "2:6", "expected property elements, found text"},
      {"text", "2:1", "expected node elements"},
      {"<e:C><e:p>text<e:D/></e:p></e:C>", "2:15", "expected its end, found an element"},
      {"<e:C><e:p><e:D/>text</e:p></e:C>", "2:17", "found text after the element"},
      {"<e:C><e:p><e:D/><e:E/></e:p></e:C>", "2:17", "<e:E> is a second"},
      {"<e:C><e:p rdf:resource='http://e/x'>t</e:p></e:C>", "2:37", "expected no text"},
      {"<e:C rdf:about='http://e/x' rdf:ID='y'/>", "2:1", "expected one of rdf:about, rdf:ID and rdf:nodeID"},
      {"<e:C rdf:nodeID='1'/>", "2:1", "rdf:nodeID=\"1\" is no XML name"},
      {"<e:C><e:p xml:lang='en_US'>x</e:p></e:C>", "2:6", "xml:lang=\"en_US\" is no language tag"},
      {"<e:C foo='x'/>", "2:1", "the attribute foo has no namespace"},
      {"<C/>", "2:1", "<C> has no namespace"},
      {"<rdf:li/>", "2:1", "rdf:li is no node element"},
      {"<e:C><rdf:Description/></e:C>", "2:6", "rdf:Description is no property"},
      {"<e:C><e:p rdf:parseType='Literal' rdf:resource='http://e/x'/></e:C>", "2:6",
       "rdf:resource cannot stand on a property with rdf:parseType=\"Literal\""},
      {"<e:C><e:p rdf:parseType='Triple'/></e:C>", "2:35", "found none"},
      {"<e:C><e:p rdf:parseType='Triple'><e:C e:q='1'/></e:p></e:C>", "2:34", "holds one triple"},
      {"<e:C><e:p its:dir='up' xmlns:its='http://www.w3.org/2005/11/its'>x</e:p></e:C>", "2:6",
       "expected ltr or rtl"},
      {"<e:C><e:p rdf:datatype='http://www.w3.org/1999/02/22-rdf-syntax-ns#langString'>x</e:p></e:C>",
       "2:", "language tag"},
      // no well-formed XML
      {"<e:C>\n<e:p></e:C>", "3:8", "expected </e:p>, the end of the element of line 3"},
      {"<x:C/>", "2:1", "a prefix in this tag has no namespace"},
      {"<e:C>&nbsp;</e:C>", "2:6", "an entity is not declared"},
      {"<e:C>\x01</e:C>", "2:6", "no well-formed XML"},
  };
  for (const Fault& fault : faults) {
    const std::string error = error_of(document(fault.body));
    EXPECT_THAT(error, HasSubstr("f.rdf:" + fault.where)) << fault.body;
    EXPECT_THAT(error, HasSubstr(fault.what)) << fault.body;
  }
  EXPECT_THAT(
      error_of(kHead),
      HasSubstr("the document ends too early: expected </rdf:RDF>, the end of the element of line 1"));
  EXPECT_THAT(error_of(""), HasSubstr("the document is empty"));
  EXPECT_THAT(error_of("<?xml version='1.0' encoding='windows-1251'?><a/>"),
              HasSubstr("iconv -f windows-1251"));
  EXPECT_THAT(error_of("@prefix : <http://e/> ."), HasSubstr("f.rdf:1:1: this is no well-formed XML"));
}

TEST(RdfXmlReader, IdsAreUniqueForEachBase) {
  const std::string twice = "<e:C rdf:ID='x'/><e:C rdf:ID='x'/>";
  ReadOptions options;
  options.base = "http://b/";
  EXPECT_THAT(error_of(document(twice), options), HasSubstr("rdf:ID=\"x\" stands twice"));
  const std::string apart = "<e:C rdf:ID='x'/><e:C xml:base='http://c/' rdf:ID='x'/>";
  EXPECT_TRUE(test::isomorphic(read_quads(document(apart), Format::rdfxml, "http://b/"),
                               turtle("<http://b/#x> a e:C . <http://c/#x> a e:C .")));
}

TEST(RdfXmlReader, TermsOfRdf12) {
  const std::string body = R"(<e:C rdf:about="http://e/s" xmlns:its="http://www.w3.org/2005/11/its">
    <e:p rdf:annotation="http://e/r">v</e:p>
    <e:q rdf:annotationNodeID="b" rdf:resource="http://e/o"/>
    <e:t rdf:parseType="Triple"><rdf:Description rdf:about="http://e/s">
      <e:u rdf:parseType="Triple"><rdf:Description rdf:nodeID="b"><e:v xml:lang="ar" its:dir="rtl">x</e:v></rdf:Description></e:u>
    </rdf:Description></e:t>
  </e:C>)";
  EXPECT_TRUE(test::isomorphic(read_quads(document(body), Format::rdfxml), turtle(R"(
    e:s a e:C ; e:p "v" ~ e:r ; e:q e:o ~ _:b ; e:t <<( e:s e:u <<( _:b e:v "x"@ar--rtl )>> )>> .)")));
}

TEST(RdfXmlReader, XmlLiteralsAreCanonical) {
  const std::string body =
      "<rdf:Description rdf:about='http://e/s'><e:p rdf:parseType='Literal' xmlns:x='http://x/'>a &amp; "
      "<![CDATA[<b>]]>"
      "<!-- c --><x:i e:z='1' b='\"&#9;' a='2'>&#13;<x:j/><k xmlns='http://k/'><l xmlns=''/></k></x:i><?pi  "
      "d?></e:p>"
      "</rdf:Description>";
  const auto quads = read_quads(document(body), Format::rdfxml);
  ASSERT_EQ(quads.size(), 1u);
  EXPECT_EQ(
      quads[0].object.value(),
      "a &amp; &lt;b&gt;<!-- c --><x:i xmlns:e=\"http://e/\" xmlns:x=\"http://x/\" a=\"2\" b=\"&quot;&#x9;\" "
      "e:z=\"1\">&#xD;<x:j></x:j><k xmlns=\"http://k/\"><l xmlns=\"\"></l></k></x:i><?pi d?>");
}

TEST(RdfXmlReader, WhiteSpaceAndCommentsInText) {
  const std::string body =
      "<rdf:Description rdf:about='http://e/s'>\n <e:p>  </e:p><e:q>a<!-- - -->b\r\n&#13;</e:q>\n"
      "<e:r rdf:resource='http://e/o'>\n </e:r></rdf:Description>";
  EXPECT_TRUE(test::isomorphic(read_quads(document(body), Format::rdfxml),
                               turtle("e:s e:p \"  \" ; e:q \"ab\\n\\r\" ; e:r e:o .")));
}

TEST(RdfXmlReader, EncodingsAndEntities) {
  const auto expected = turtle("e:s e:p \"é\" .");
  const std::string body = "<rdf:Description rdf:about='&e;s'><e:p>%</e:p></rdf:Description>";
  const auto with = [&](std::string_view declaration, std::string_view letter) {
    std::string text = "<?xml version='1.0'" + std::string(declaration) +
                       "?>\n<!DOCTYPE rdf:RDF [<!ENTITY e 'http://e/'>]>" + document(body);
    return text.replace(text.find('%'), 1, letter);
  };
  EXPECT_TRUE(test::isomorphic(read_quads(with("", "é"), Format::rdfxml), expected));
  EXPECT_TRUE(test::isomorphic(read_quads(with(" encoding='ISO-8859-1'", "\xE9"), Format::rdfxml), expected));
  std::string wide = "\xFF\xFE";
  for (const char c : with(" encoding='UTF-16'", "&#233;")) wide.append(1, c).append(1, '\0');
  EXPECT_TRUE(test::isomorphic(read_quads(wide, Format::rdfxml), expected));
}

TEST(RdfXmlReader, NothingOutsideTheDocumentIsRead) {
  const std::string entity =
      "<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM '/etc/passwd'>]>" + document("<e:C><e:p>&x;</e:p></e:C>");
  EXPECT_THAT(error_of(entity), HasSubstr("stands in another file (/etc/passwd)"));
  // With an external DTD an entity may be declared where nobody looks: an error, not a gap, in text and
  // attributes.
  const std::string dtd = "<!DOCTYPE rdf:RDF PUBLIC '-//X' 'http://x/x.dtd' [<!ENTITY y 'fine'>]>";
  EXPECT_THAT(error_of(dtd + document("<e:C><e:p>&x;</e:p></e:C>")),
              HasSubstr("the entity &x; is not declared"));
  EXPECT_THAT(error_of(dtd + document("<e:C e:p='&y;&amp;&#65;&x;'/>")),
              HasSubstr("the entity &x; is not declared"));
  EXPECT_TRUE(
      test::isomorphic(read_quads(dtd + document("<rdf:Description e:p='&y;&amp;&#65;'/>"), Format::rdfxml),
                       turtle("[] e:p \"fine&A\" .")));
}

TEST(RdfXmlReader, EntitiesDoNotBlowUp) {
  std::string text = "<!DOCTYPE rdf:RDF [<!ENTITY a0 'lol'>";
  for (int i = 1; i < 40; ++i)
    text += "<!ENTITY a" + std::to_string(i) + " '&a" + std::to_string(i - 1) + ";&a" +
            std::to_string(i - 1) + ";'>";
  text += "]>" + document("<e:C><e:p>&a39;</e:p></e:C>");
  EXPECT_THAT(error_of(text), HasSubstr("expand to more than a hundred times"));
}

TEST(RdfXmlReader, DepthAndLengthAreBounded) {
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += "<e:C><e:p>";
  EXPECT_THAT(error_of(std::string(kHead) + deep), HasSubstr("elements are nested more than 1024 deep"));
  ReadOptions options;
  options.max_term_bytes = 100000;
  const std::string longer(300000, 'x');
  EXPECT_THAT(error_of(document("<e:C><e:p>" + longer + "</e:p></e:C>"), options),
              HasSubstr("longer than 100000 bytes"));
  EXPECT_THAT(error_of(document("<e:C><e:p rdf:parseType='Literal'>" + longer + "</e:p></e:C>"), options),
              HasSubstr("longer than 100000 bytes"));
  EXPECT_THAT(error_of(document("<e:C e:p='" + longer + longer + "'/>"), options),
              HasSubstr("longer than 100000 bytes"));
  EXPECT_THAT(error_of(document("<!--" + longer + longer + "-->"), options),
              HasSubstr("longer than 100000 bytes"));
}

TEST(RdfXmlReader, SkipBadLeavesTheElementOut) {
  struct Case {
    std::string body;
    std::string kept;
    std::uint64_t bad;
  };
  const Case cases[] = {
      // a node with all it holds
      {"<e:C rdf:about='a b'><e:p><e:D/></e:p></e:C><e:E rdf:about='http://e/x'/>", "e:x a e:E .", 1},
      // one property of a node; the numbers of rdf:li stay
      {"<rdf:Description rdf:about='http://e/x'><rdf:li rdf:resource='a "
       "b'/><rdf:li>y</rdf:li></rdf:Description>",
       "e:x rdf:_2 \"y\" .", 1},
      // the object of a property: the property goes with it
      {"<rdf:Description rdf:about='http://e/x'><e:p><e:C rdf:about='a "
       "b'><e:q>1</e:q></e:C></e:p><e:q>2</e:q>"
       "</rdf:Description>",
       "e:x e:q \"2\" .", 1},
      // nothing of a node stays when its last attribute is bad
      {"<rdf:Description rdf:about='http://e/x' e:p='1' rdf:type='a b'/>", "", 1},
      // a triple term with a bad part
      {"<rdf:Description rdf:about='http://e/x'><e:p rdf:parseType='Triple'><rdf:Description "
       "rdf:about='http://e/y'>"
       "<e:q rdf:resource='a b'/></rdf:Description></e:p><e:q>2</e:q></rdf:Description>",
       "e:x e:q \"2\" .", 1},
      {"<rdf:Description rdf:about='http://e/x'><e:p rdf:parseType='Triple'><rdf:Description "
       "rdf:about='http://e/y' "
       "e:a='1' e:b='2'/></e:p><e:q>2</e:q></rdf:Description>",
       "e:x e:q \"2\" .", 1},
      // a member of a collection
      {"<rdf:Description rdf:about='http://e/x'><e:p rdf:parseType='Collection'><e:C rdf:about='a b'/>"
       "<rdf:Description rdf:about='http://e/y'/></e:p></rdf:Description>",
       "e:x e:p (e:y) .", 1},
      // text where none belongs is one fault, however it comes
      {"<rdf:Description rdf:about='http://e/x'>a\nb\nc<e:q>2</e:q></rdf:Description>", "e:x e:q \"2\" .", 1},
      {"<rdf:Description rdf:about='http://e/x'><e:p>a<e:C/></e:p><e:q>2</e:q></rdf:Description>",
       "e:x e:q \"2\" .", 1},
  };
  for (const Case& c : cases) {
    ReadOptions options;
    options.skip_bad = true;
    for (const std::size_t rows : {std::size_t{1}, std::size_t{65536}}) {
      options.batch_rows = rows;
      std::vector<Quad> quads;
      const ReadReport report =
          read_rdf(*memory_source(document(c.body)), Format::rdfxml, options, collect_into(quads));
      EXPECT_TRUE(test::isomorphic(quads, turtle(c.kept))) << c.body;
      EXPECT_EQ(report.bad, c.bad) << c.body;
      EXPECT_EQ(report.quads, quads.size()) << c.body;
    }
  }
  // What is no XML cannot be resumed.
  ReadOptions options;
  options.skip_bad = true;
  EXPECT_THAT(error_of(document("<e:C></e:D>"), options), HasSubstr("expected </e:C>"));
}

TEST(RdfXmlReader, BatchesOfEverySize) {
  std::string body;
  for (int i = 0; i < 20; ++i)
    body += "<e:C rdf:nodeID='n" + std::to_string(i) +
            "'><e:p rdf:parseType='Collection'><e:D/><e:D rdf:ID='i" + std::to_string(i) +
            "'/></e:p><e:q rdf:annotationNodeID='r'><e:D><e:t rdf:parseType='Triple'><rdf:Description "
            "e:u='v'/></e:t></e:D></e:q></e:C>";
  const auto expected = read_quads(document(body), Format::rdfxml, "http://b/");
  for (const std::size_t rows : {1, 2, 3, 7, 50}) {
    ReadOptions options;
    options.base = "http://b/";
    options.batch_rows = rows;
    std::vector<Quad> quads;
    const auto report =
        read_rdf(*memory_source(document(body)), Format::rdfxml, options, collect_into(quads));
    EXPECT_TRUE(quads == expected) << rows;
    EXPECT_EQ(report.quads, expected.size());
  }
}

TEST(RdfXmlReader, PrefixesAreThoseOfTheDocument) {
  ReadOptions options;
  std::vector<Quad> quads;
  const auto report = read_rdf(*memory_source(document("<e:C xmlns:e='http://f/' xmlns='http://d/'/>")),
                               Format::rdfxml, options, collect_into(quads));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"rdf", std::string(iri::kRdf)}, {"e", "http://f/"}, {"", "http://d/"}};
  EXPECT_EQ(report.prefixes, expected);
}

TEST(RdfXmlReader, LabelsThatOtherFormatsCannotHold) {
  EXPECT_TRUE(test::isomorphic(
      read_quads(document("<e:C rdf:nodeID='a.'/><e:D rdf:nodeID='a.'/><e:D rdf:nodeID='a'/>"),
                 Format::rdfxml),
      turtle("_:x a e:C, e:D . _:y a e:D .")));
}

}  // namespace
}  // namespace dossier
