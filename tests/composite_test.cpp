// Lists and maps: their text, their labels, their comparisons and the laws of their functions.
#include "engine/query/composite_values.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <sstream>

#include "engine/cdt/labels.h"
#include "engine/io/rdf_writer.h"
#include "engine/query/comparison.h"
#include "engine/query/functions.h"
#include "tests/memory_snapshot.h"
#include "tests/rdf_text.h"

namespace dossier {
namespace {

using cdt::Element;

std::string bytes_of(const Term& term) {
  std::string bytes;
  append_term_bytes(bytes, term);
  return bytes;
}
Term list_term(std::string_view text) {
  return Term::typed(text, cdt::kListIri);
}
Term map_term(std::string_view text) {
  return Term::typed(text, cdt::kMapIri);
}

// The elements as N-Triples; "ill-formed" for what is no list.
std::vector<std::string> elements(std::string_view text, cdt::Kind kind = cdt::Kind::list) {
  cdt::Composite composite;
  if (!cdt::parse(text, kind, composite)) return {"ill-formed"};
  std::vector<std::string> shown;
  for (const Element& element : composite.elements) {
    if (element.kind == Element::Kind::null) {
      shown.emplace_back("null");
    } else if (element.kind == Element::Kind::triple) {
      shown.push_back("triple " + std::string(text.substr(element.offset, element.length)));
    } else {
      std::string bytes;
      cdt::append_element_bytes(bytes, text, element);
      shown.push_back(term_from_bytes(bytes).to_string());
    }
  }
  return shown;
}

using Strings = std::vector<std::string>;

TEST(CompositeText, EveryKindOfElement) {
  const std::string xsd(iri::kXsd);
  EXPECT_EQ(elements("[1,-2.5,+1E3,true,null]"),
            (Strings{"\"1\"^^<" + xsd + "integer>", "\"-2.5\"^^<" + xsd + "decimal>",
                     "\"+1E3\"^^<" + xsd + "double>", "\"true\"^^<" + xsd + "boolean>", "null"}));
  EXPECT_EQ(elements("['a',\"b\",'''c\n'd''',\"\"\"e\"\"\"]"),
            (Strings{"\"a\"", "\"b\"", "\"c\\n'd\"", "\"e\""}));
  EXPECT_EQ(elements("['a'@en-GB, 'b'@ar--rtl, 'c' ^^ <http://e/t>]"),
            (Strings{"\"a\"@en-GB", "\"b\"@ar--rtl", "\"c\"^^<http://e/t>"}));
  EXPECT_EQ(elements(R"(['\u0041\U0001F600\t\\', <http://e/\u0041>])"),
            (Strings{"\"A\U0001F600\\t\\\\\"", "<http://e/A>"}));
  EXPECT_EQ(elements("[_:a, _:b.c-d, _:1]"), (Strings{"_:a", "_:b.c-d", "_:1"}));
  EXPECT_EQ(elements("[ [1, {2 : 3}] , {} ]"),
            (Strings{list_term("[1, {2 : 3}]").to_string(), map_term("{}").to_string()}));
  EXPECT_EQ(elements("{<http://e/a> : _:b, 'k'@en: null}", cdt::Kind::map),
            (Strings{"<http://e/a>", "_:b", "\"k\"@en", "null"}));
  EXPECT_EQ(elements("[<<( _:s <http://e/p> <<( <http://e/s> <http://e/p> [1] )>> )>>]"),
            (Strings{"triple <<( _:s <http://e/p> <<( <http://e/s> <http://e/p> [1] )>> )>>"}));
  EXPECT_EQ(elements("\t[\r\n]\n"), Strings{});
}

TEST(CompositeText, JsonIsRead) {
  EXPECT_EQ(elements(R"({"a": [1, 2.5e1, "x\ny", null, true], "b": {"c": false}, "d": []})", cdt::Kind::map),
            (Strings{"\"a\"", list_term(R"([1, 2.5e1, "x\ny", null, true])").to_string(), "\"b\"",
                     map_term(R"({"c": false})").to_string(), "\"d\"", list_term("[]").to_string()}));
  EXPECT_EQ(elements(R"(["\/"])"), Strings{"ill-formed"});  // an escape that Turtle does not have
}

TEST(CompositeText, WhatIsIllFormed) {
  for (const char* text : {"",
                           "[",
                           "]",
                           "[1",
                           "1]",
                           "[1]]",
                           "[[1]",
                           "[,]",
                           "[1,]",
                           "[1 2]",
                           "[01.]",
                           "[1e]",
                           "[+]",
                           "[-]",
                           "[.]",
                           "[true1]",
                           "[nullx]",
                           "[Null]",
                           "[a]",
                           "[:a]",
                           "[<a>]",
                           "[<>]",
                           "[<http://e/ >]",
                           "[<http://e/]",
                           "[<http://e/\\u0020>]",
                           "['a]",
                           "['a\n']",
                           "['\\x']",
                           "['\\uD800']",
                           "['a'@]",
                           "['a'@1]",
                           "['a'@en--xyz]",
                           "['a'^^]",
                           "['a'^^xsd:int]",
                           "['a'^^<int>]",
                           "['a'^<http://e/t>]",
                           "[_:]",
                           "[_:-]",
                           "[<<( <http://e/s> <http://e/p> )>>]",
                           "[<<( 1 <http://e/p> 1 )>>]",
                           "[<<( <http://e/s> _:p 1 )>>]",
                           "[<< <http://e/s> <http://e/p> 1 >>]",
                           "['a'^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>]",
                           "{}",
                           "[{]}",
                           "[1] # comment",
                           "[1;2]",
                           "[{1:2]",
                           "[\"\"\"a\"\"]"})
    EXPECT_EQ(elements(text), Strings{"ill-formed"}) << text;
  for (const char* text :
       {"[]", "{", "{1}", "{1:}", "{:1}", "{1:2,}", "{1:2 3:4}", "{null:1}", "{_:a:1}", "{[]:1}", "{{}:1}",
        "{<<( <http://e/s> <http://e/p> 1 )>>:1}", "{1:1,1:2}", "{'a':1,\"a\":2}", "{'a'@en:1,'a'@EN:2}",
        "{true:1,'true'^^<http://www.w3.org/2001/XMLSchema#boolean>:2}"})
    EXPECT_EQ(elements(text, cdt::Kind::map), Strings{"ill-formed"}) << text;
}

// A list in a list has no more levels than fit; the text itself may be of any size.
TEST(CompositeText, HostileTexts) {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_EQ(elements(nested(cdt::kMaxDepth)).size(), 1U);
  EXPECT_EQ(elements(nested(cdt::kMaxDepth + 1)), Strings{"ill-formed"});
  EXPECT_EQ(elements(nested(100'000)), Strings{"ill-formed"});
  EXPECT_EQ(elements(std::string(100'000, '[')), Strings{"ill-formed"});
  std::string maps;
  for (int i = 0; i < 100'000; ++i) maps += "{1:";
  EXPECT_EQ(elements(maps, cdt::Kind::map), Strings{"ill-formed"});
  std::string triples = "[";
  for (int i = 0; i < 100'000; ++i) triples += "<<( <http://e/s> <http://e/p> ";
  EXPECT_EQ(elements(triples), Strings{"ill-formed"});
  // Lists quoted in lists: no level of the text, but of the renaming.
  std::string quoted = "[_:b]";
  for (int i = 0; i < 12; ++i) quoted = "[" + list_term(quoted).to_string() + "]";
  EXPECT_EQ(cdt::labels(bytes_of(list_term(quoted))), Strings{"b"});
}

TEST(CompositeText, ALongListIsReadInOneGo) {
  std::string text = "[0";
  while (text.size() < (std::size_t{100} << 20)) text += ",0,12,'abc'@en,<http://e/a>,null,1.5e0,[1,2,3],_:b";
  text += "]";
  cdt::Composite composite;
  std::size_t told = 0;
  ASSERT_TRUE(cdt::parse(text, cdt::Kind::list, composite, [&](std::size_t bytes) { told += bytes; }));
  EXPECT_GE(told, composite.size() * sizeof(Element));
  EXPECT_GT(composite.size(), 10'000'000U);
  text.pop_back();
  EXPECT_FALSE(cdt::parse(text, cdt::Kind::list, composite));
}

// ---- writing

std::string written(const Term& term, int levels = 1) {
  std::string text;
  cdt::append_element_text(text, bytes_of(term), levels);
  return text;
}

TEST(CompositeText, OneFormForEachTerm) {
  const auto of = [](std::string_view lexical, std::string_view type) {
    return written(Term::typed(lexical, std::string(iri::kXsd).append(type)));
  };
  for (const auto& [lexical, type] :
       std::vector<std::pair<const char*, const char*>>{{"0", "integer"},
                                                        {"-7", "integer"},
                                                        {"123456789012345678901234567890", "integer"},
                                                        {"0.0", "decimal"},
                                                        {"-0.5", "decimal"},
                                                        {"10.25", "decimal"},
                                                        {"1.0E0", "double"},
                                                        {"-1.5E-7", "double"},
                                                        {"true", "boolean"},
                                                        {"false", "boolean"}})
    EXPECT_EQ(of(lexical, type), lexical);
  for (const auto& [lexical, type] : std::vector<std::pair<const char*, const char*>>{{"-0", "integer"},
                                                                                      {"+1", "integer"},
                                                                                      {"01", "integer"},
                                                                                      {"", "integer"},
                                                                                      {"1", "decimal"},
                                                                                      {"1.50", "decimal"},
                                                                                      {".5", "decimal"},
                                                                                      {"1.", "decimal"},
                                                                                      {"-0.0", "decimal"},
                                                                                      {"00.5", "decimal"},
                                                                                      {"1", "double"},
                                                                                      {"1.0e0", "double"},
                                                                                      {"10.0E0", "double"},
                                                                                      {"INF", "double"},
                                                                                      {"NaN", "double"},
                                                                                      {"1", "boolean"},
                                                                                      {"TRUE", "boolean"},
                                                                                      {"1", "int"},
                                                                                      {"1.0E0", "float"}})
    EXPECT_EQ(of(lexical, type), Term::typed(lexical, std::string(iri::kXsd).append(type)).to_string());
  EXPECT_EQ(written(Term::literal("a\"b\\\n")), R"("a\"b\\\n")");
  EXPECT_EQ(written(Term::tagged("x", "en", Direction::ltr)), "\"x\"@en--ltr");
  EXPECT_EQ(written(list_term("[ 1 ]")), "[ 1 ]");
  EXPECT_EQ(written(list_term(" [1]")), list_term(" [1]").to_string());
  EXPECT_EQ(written(list_term("[1")), list_term("[1").to_string());
  EXPECT_EQ(written(list_term("{}")), list_term("{}").to_string());
  EXPECT_EQ(written(list_term("[[1]]"), cdt::kMaxDepth - 2), "[[1]]");
  EXPECT_EQ(written(list_term("[[1]]"), cdt::kMaxDepth - 1), list_term("[[1]]").to_string());
}

// ---- labels

std::string renamed(const Term& term) {
  const std::string bytes = bytes_of(term);
  std::string storage;
  const std::string_view result =
      cdt::rename_labels(storage, bytes, [](std::string_view label) { return "x" + std::string(label); });
  return result.data() == bytes.data() ? "untouched" : std::string(term_from_bytes(result).value());
}

TEST(CompositeLabels, AreRenamedWhereverTheyStand) {
  EXPECT_EQ(renamed(list_term("[_:a , 1, _:b,_:a]")), "[_:xa , 1, _:xb,_:xa]");
  EXPECT_EQ(renamed(map_term("{ 'a' : _:a, 'b':[{1:_:b}] }")), "{ 'a' : _:xa, 'b':[{1:_:xb}] }");
  EXPECT_EQ(renamed(list_term("[<<( _:a <http://e/p> <<( _:b <http://e/p> _:c )>> )>>]")),
            "[<<( _:xa <http://e/p> <<( _:xb <http://e/p> _:xc )>> )>>]");
  EXPECT_EQ(renamed(list_term("['[_:a]'^^<http://w3id.org/awslabs/neptune/SPARQL-CDTs/List>, '_:a']")),
            "[" + list_term("[_:xa]").to_string() + ", '_:a']");
  EXPECT_EQ(renamed(list_term(R"(['[\u005F:a]'^^<http://w3id.org/awslabs/neptune/SPARQL-CDTs/List>])")),
            "[" + list_term("[_:xa]").to_string() + "]");
}

TEST(CompositeLabels, NothingElseIsTouched) {
  EXPECT_EQ(renamed(list_term("[1, '_:a', <http://e/_:a>]")), "untouched");
  EXPECT_EQ(renamed(list_term("[_:a")), "untouched");
  EXPECT_EQ(renamed(map_term("{1:_:a, 1:_:b}")), "untouched");
  EXPECT_EQ(renamed(list_term("['[_:a'^^<http://w3id.org/awslabs/neptune/SPARQL-CDTs/List>]")), "untouched");
  EXPECT_EQ(renamed(Term::literal("[_:a]")), "untouched");
  EXPECT_EQ(renamed(Term::typed("[_:a]", "http://w3id.org/awslabs/neptune/SPARQL-CDTs/Lists")), "untouched");
  EXPECT_EQ(renamed(Term::tagged("[_:a]", "en")), "untouched");
  EXPECT_EQ(cdt::labels(bytes_of(list_term("[_:b, _:a, _:b]"))), (Strings{"b", "a"}));
}

// What is written in one document, read again: the list still holds its subject.
TEST(CompositeLabels, WritersKeepListAndNodeTogether) {
  for (const Format format : {Format::nt, Format::nq, Format::ttl, Format::trig, Format::rdfxml})
    for (const char* label : {"x", "7", "anon1"}) {
      std::ostringstream out;
      const auto writer = make_rdf_writer(out, format);
      for (const char* prefix : {"", "f2_"}) {
        writer->set_label_prefix(prefix);
        const Term node = Term::blank(label);
        writer->write({node, Term::iri("http://e/list"), list_term("[1, _:" + std::string(label) + "]"), {}});
        writer->write({node, Term::iri("http://e/map"), map_term("{1: _:" + std::string(label) + "}"), {}});
      }
      writer->finish();
      std::set<std::string> nodes;
      for (const Quad& quad : test::read_quads(out.str(), format, "")) {
        const std::string subject(quad.subject.value());
        EXPECT_EQ(cdt::labels(bytes_of(quad.object)), Strings{subject}) << out.str();
        nodes.insert(subject);
      }
      EXPECT_EQ(nodes.size(), 2U) << out.str();
    }
}

// ---- values of a query

class Composites : public testing::Test {
 protected:
  Composites() : context_(snapshot_, QueryLimits{}, nullptr) {}

  Id id(const Term& term) { return context_.terms().intern(term); }
  Id list(std::string_view text) { return id(list_term(text)); }
  Id map(std::string_view text) { return id(map_term(text)); }
  Id call(FunctionBody body, const std::vector<Id>& ids) {
    std::vector<Argument> arguments;
    for (const Id argument : ids) arguments.push_back({argument, {}});
    std::unique_ptr<FunctionState> state;
    FunctionCall function{context_, arguments, state, ""};
    return body(function);
  }

  std::shared_ptr<MemorySnapshot> snapshot_ = std::make_shared<MemorySnapshot>();
  QueryContext context_;
};

TEST_F(Composites, AStoredNodeIsFoundByItsLabel) {
  const Id node = snapshot_->add(Term::blank("any"));
  const Id made = call(functions::cdt_list, {node, context_.terms().fresh_blank()});
  EXPECT_EQ(call(functions::cdt_get, {made, inline_integer(1)}), node);
  const Id fresh = call(functions::cdt_get, {made, inline_integer(2)});
  EXPECT_EQ(call(functions::cdt_get, {made, inline_integer(2)}), fresh);
  EXPECT_NE(fresh, node);
  // A label that nobody gave is a node of its own, always the same.
  const Id odd = call(functions::cdt_get, {list("[_:odd]"), inline_integer(1)});
  EXPECT_EQ(call(functions::cdt_head, {list("[_:odd, 1]")}), odd);
  EXPECT_NE(odd, fresh);
}

TEST_F(Composites, MemoryIsCharged) {
  QueryLimits limits;
  limits.memory_bytes = std::size_t{4} << 20;
  QueryContext context(snapshot_, limits, nullptr);
  std::string text = "[0";
  for (int i = 0; i < 400'000; ++i) text += ",1";
  const Id big = context.terms().intern(list_term(text + "]"));
  EXPECT_THROW(composite_of(context, big), LimitError);
}

TEST_F(Composites, DeepComparisonsEnd) {
  const auto nested = [](std::size_t levels, const char* inner) {
    return std::string(levels, '[') + inner + std::string(levels, ']');
  };
  const std::size_t deep = cdt::kMaxDepth - 1;
  EXPECT_EQ(equal_values(context_, list(nested(deep, "1")), list(nested(deep, "1.0"))), Truth::yes);
  EXPECT_EQ(less_values(context_, list(nested(deep, "1")), list(nested(deep, "2"))), Truth::yes);
  EXPECT_LT(compare_order(context_, list(nested(deep, "1")), list(nested(deep, "2"))), 0);
  // Deeper than the text can say, by quoting: no answer rather than no stack.
  std::string quoted = nested(deep, "1");
  std::string other = nested(deep, "2");
  for (int i = 0; i < 3; ++i) {
    quoted = nested(deep, list_term(quoted).to_string().c_str());
    other = nested(deep, list_term(other).to_string().c_str());
  }
  EXPECT_EQ(equal_values(context_, list(quoted), list(other)), Truth::error);
  EXPECT_NE(compare_order(context_, list(quoted), list(other)), 0);
}

TEST_F(Composites, WhatIsTooDeepIsQuoted) {
  Id nested = list("[]");
  for (int i = 0; i < cdt::kMaxDepth + 5; ++i) {
    nested = call(functions::cdt_list, {nested});
    ASSERT_TRUE(nested.is_bound());
    ASSERT_NE(composite_of(context_, nested), nullptr) << i;
  }
  for (int i = 0; i < cdt::kMaxDepth + 5; ++i) nested = call(functions::cdt_head, {nested});
  EXPECT_EQ(nested, list("[]"));
}

// ---- laws

Term random_term(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 14 : 11);
  const auto text = [] {
    return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab'\"\\\n\t _:[]{},1")));
  };
  const auto element_of = [](std::vector<const char*> values) {
    return std::string(*rc::gen::elementOf(values));
  };
  const std::string xsd(iri::kXsd);
  switch (kind) {
    case 0:
      return Term::iri("http://e/" + element_of({"a", "b", "\u00e9", "_:c"}));
    case 1:
      return Term::typed(element_of({"1", "2", "01", "+1", "-0", "9007199254740993", "9007199254740992",
                                     "99999999999999999999"}),
                         xsd + "integer");
    case 2:
      return Term::typed(element_of({"1.0", "1.00", "2", "0.1", ".5", "-0.0", "9007199254740992.5"}),
                         xsd + "decimal");
    case 3:
      return Term::typed(
          element_of({"1.0E0", "1e0", "1.0E-1", "NaN", "INF", "-INF", "9.007199254740992E15", "x"}),
          xsd + "double");
    case 4:
      return Term::typed(element_of({"true", "false", "1", "maybe"}), xsd + "boolean");
    case 5:
      return Term::literal(text());
    case 6:
      return Term::tagged(text(), element_of({"en", "EN", "de"}),
                          *rc::gen::element(Direction::none, Direction::ltr, Direction::rtl));
    case 7:
      return Term::typed(text(), element_of({"http://e/t", "http://e/u"}));
    case 8:
      return Term::typed(element_of({"2025-06-13", "2025-06-13Z", "2025-06-13+00:00", "2024-01-01"}),
                         xsd + "date");
    case 9:
      return Term::typed(element_of({"[", "[]", " [1]", "[ 1 ]", "[1.0]", "[null]", "{}"}), cdt::kListIri);
    case 10:
      return Term::typed(element_of({"{", "{}", "{1:2}", "{ 1 : 2.0}", "{'a':null}", "[]"}), cdt::kMapIri);
    case 11:
      return Term::triple(Term::iri("http://e/s"), Term::iri("http://e/p"), random_term(depth - 1));
    default: {
      std::string list = "[";
      const int size = *rc::gen::inRange(0, 4);
      for (int i = 0; i < size; ++i) {
        if (i > 0) list += *rc::gen::element<std::string>(",", ", ", " ,\n");
        const Term element = random_term(depth - 1);
        if (*rc::gen::inRange(0, 6) == 0)
          list += "null";
        else
          list += element.to_string();
      }
      return list_term(list + "]");
    }
  }
}

RC_GTEST_FIXTURE_PROP(Composites, WhatIsPutInComesOut, ()) {
  std::vector<Id> elements;
  const int size = *rc::gen::inRange(0, 6);
  for (int i = 0; i < size; ++i)
    elements.push_back(*rc::gen::inRange(0, 6) == 0 ? kUnbound : id(random_term(3)));
  const Id made = call(functions::cdt_list, elements);
  const CompositePtr value = list_of(context_, made);
  RC_ASSERT(value != nullptr);
  RC_ASSERT(value->size() == elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) RC_ASSERT(value->element(context_, i) == elements[i]);
  // Written again it is the same text, whichever way.
  RC_ASSERT(call(functions::cdt_concat, {made, list("[]")}) == made);
  RC_ASSERT(call(functions::cdt_reverse, {call(functions::cdt_reverse, {made})}) == made);
  if (size > 0)
    RC_ASSERT(call(functions::cdt_concat,
                   {call(functions::cdt_list, {elements[0]}), call(functions::cdt_tail, {made})}) == made);
}

RC_GTEST_FIXTURE_PROP(Composites, PutGetRemove, ()) {
  Id map = id(map_term("{}"));
  std::vector<std::pair<Id, Id>> expected;  // the last value of each key
  const int size = *rc::gen::inRange(0, 8);
  for (int i = 0; i < size; ++i) {
    const Id key = id(random_term(1));
    const Id value = id(random_term(2));
    const Id next = call(functions::cdt_put, {map, key, value});
    if (context_.terms().kind(key) == TermKind::triple) {
      RC_ASSERT(!next.is_bound());
      continue;
    }
    RC_ASSERT(next.is_bound());
    map = next;
    std::erase_if(expected, [&](const auto& entry) { return entry.first == key; });
    expected.emplace_back(key, value);
  }
  RC_ASSERT(call(functions::cdt_size, {map}) == inline_integer(static_cast<std::int64_t>(expected.size())));
  for (const auto& [key, value] : expected) {
    RC_ASSERT(call(functions::cdt_get, {map, key}) == value);
    const Id without = call(functions::cdt_remove, {map, key});
    RC_ASSERT(!call(functions::cdt_get, {without, key}).is_bound());
    RC_ASSERT(call(functions::cdt_contains_key, {without, key}) == inline_boolean(false));
    RC_ASSERT(call(functions::cdt_merge, {map, without}) == map);
  }
}

RC_GTEST_FIXTURE_PROP(Composites, TheOrderIsTotal, ()) {
  std::vector<Id> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(id(random_term(3)));
  const auto sign = [](int order) { return (order > 0) - (order < 0); };
  for (const bool by_value : {false, true}) {
    const auto order = [&](Id a, Id b) {
      return sign(by_value ? compare_order_values(context_, a, b, 0) : compare_order(context_, a, b));
    };
    for (const Id a : ids)
      for (const Id b : ids) {
        RC_ASSERT(order(a, b) == -order(b, a));
        if (!by_value) RC_ASSERT((order(a, b) == 0) == (a == b));
        for (const Id c : ids) {
          if (order(a, b) <= 0 && order(b, c) <= 0) RC_ASSERT(order(a, c) <= 0);
          if (order(a, b) == 0) RC_ASSERT(order(a, c) == order(b, c));
        }
      }
  }
  // What sorts many rows agrees with what compares two.
  const std::vector<std::uint32_t> ranks = order_ranks(context_, ids);
  for (std::size_t i = 0; i < ids.size(); ++i)
    for (std::size_t j = 0; j < ids.size(); ++j)
      RC_ASSERT((ranks[i] < ranks[j]) == (compare_order(context_, ids[i], ids[j]) < 0));
}

RC_GTEST_FIXTURE_PROP(Composites, ComparisonsAgree, ()) {
  std::string text[2];
  for (std::string& each : text) {
    each = "[";
    const int size = *rc::gen::inRange(0, 4);
    for (int i = 0; i < size; ++i)
      each += (i > 0 ? "," : "") +
              *rc::gen::element<std::string>("1", "1.0", "2", "'a'", "null", "true", "[1]", "[ 1 ]");
    each += "]";
  }
  const Id a = list(text[0]);
  const Id b = list(text[1]);
  const Truth same = equal_values(context_, a, b);
  const Truth less = less_values(context_, a, b);
  const Truth more = less_values(context_, b, a);
  RC_ASSERT(same == equal_values(context_, b, a));
  RC_ASSERT(!(less == Truth::yes && more == Truth::yes));
  if (same == Truth::yes) {
    RC_ASSERT(less == Truth::no && more == Truth::no);
    RC_ASSERT(compare_order_values(context_, a, b, 0) == 0);
  }
  // ORDER BY goes by `<` wherever that says something.
  if (less == Truth::yes) RC_ASSERT(compare_order(context_, a, b) < 0);
  if (more == Truth::yes) RC_ASSERT(compare_order(context_, a, b) > 0);
}

RC_GTEST_PROP(CompositeText, NoTextIsTooOdd, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("[]{}<>(),:'\"\\_^@.-+0aeEltrun \n")));
  for (const cdt::Kind kind : {cdt::Kind::list, cdt::Kind::map}) {
    cdt::Composite composite;
    if (!cdt::parse(text, kind, composite)) continue;
    for (const Element& element : composite.elements)
      RC_ASSERT(std::size_t{element.offset} + element.length <= text.size());
  }
}

}  // namespace
}  // namespace dossier
