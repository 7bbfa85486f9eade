// The written order of patterns does not matter: whatever their order, a query reads the same rows of the
// store.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "tests/differential/random.h"

namespace dossier {
namespace {

using differential::Random;

// A group: its patterns and filters, which may stand in any order, and what comes after them.
struct Group {
  std::vector<std::string> parts;
  std::string rest;
};

// Persons, organisations, places and documents, few of them with most of the edges.
std::string graph() {
  Random random(7);
  std::string text;
  const auto skewed = [&](int count) {
    const double part = static_cast<double>(random.below(1'000'000)) / 1e6;
    return static_cast<int>(part * part * count);
  };
  for (int i = 0; i < 600; ++i) {
    text += fmt::format(":p{} a :Person ; :born {} ; :from :l{} ; :memberOf :o{} ; :label \"person {}\" . ",
                        i, 1900 + skewed(100), skewed(60), skewed(80), i);
    for (int k = 0; k < 4; ++k) text += fmt::format(":p{} :knows :p{} . ", skewed(600), skewed(600));
    if (i % 3 == 0) text += fmt::format(":p{} :holds :t{} . ", i, skewed(50));
    if (i % 5 == 0) text += fmt::format(":p{} :note \"note {}\" . ", i, i);
  }
  for (int i = 0; i < 80; ++i)
    text += fmt::format(":o{} a :Organisation ; :seat :l{} ; :staff {} ; :label \"organisation {}\" . ", i,
                        skewed(60), skewed(5000), i);
  for (int i = 0; i < 50; ++i) text += fmt::format(":t{} :of :o{} ; a :Post . ", i, skewed(80));
  for (int i = 0; i < 60; ++i)
    text += fmt::format(":l{} :in :l{} ; a :Place ; :label \"place {}\" . ", i, i / 4, i);
  for (int i = 0; i < 400; ++i)
    text += fmt::format(":d{} :mentions :p{} ; :on {} . ", i, skewed(600), 1950 + i % 70);
  return text;
}

const std::vector<Group> kGroups = {
    {{"?p :from :l7 .", "?p :born ?b .", "?p :memberOf ?o ."}, ""},
    {{"?p :knows ?q .", "?q :knows ?r .", "?r :from :l3 ."}, ""},
    {{"?a :knows ?b .", "?b :knows ?c .", "?a :knows ?c ."}, ""},
    {{"?a :knows ?b .", "?b :knows ?c .", "?c :knows ?d .", "?d :knows ?a ."}, ""},
    {{"?p a :Person .", "?p :memberOf ?o .", "?o :seat ?l .", "?p :from ?l ."}, ""},
    {{"?p a :Person .", "?p :born ?b .", "?p :label ?n .", "?p :memberOf ?o .", "FILTER(?b > 1990)"}, ""},
    {{"?d :mentions ?p .", "?p :holds ?t .", "?t :of ?o .", "?o :seat ?l .", "?l :in ?r ."}, ""},
    {{"?d :mentions ?p .", "?d :on ?y .", "?p :holds ?t .", "FILTER(?y >= 2000 && ?y < 2004)"}, ""},
    {{"?p :memberOf ?o .", "?q :memberOf ?o .", "?p :from ?l .", "?q :from ?l ."}, ""},
    {{"?p :memberOf ?o .", "?o :staff ?s .", "FILTER(?s > 2500)", "?p :from ?l ."},
     "OPTIONAL { ?p :note ?n }"},
    {{"?p :born ?b .", "?p :from :l2 ."},
     "OPTIONAL { ?p :holds ?t OPTIONAL { ?t :of ?o } } FILTER(!BOUND(?o))"},
    {{"?p :holds ?t .", "?t :of ?o .", "?o :seat ?l .", "?o :label ?n .", "?l :label ?m .", "?p :label ?k ."},
     ""},
    {{"?p a :Person .", "?o a :Organisation .", "?p :memberOf ?o .", "?o :staff ?s .", "?p :born ?b .",
      "FILTER(?b < 1905)", "FILTER(?s < 10)"},
     ""},
    {{"?p :label \"person 9\" .", "?p :knows ?q .", "?q :knows ?r .", "?r :memberOf ?o .", "?o :seat ?l .",
      "?l :in ?m .", "?m :label ?n ."},
     ""},
    {{"?p :from ?l .", "?p :memberOf ?o .", "?o :seat ?l .", "?o :staff ?s .", "?l :in ?m .", "?q :from ?m .",
      "?q :holds ?t .", "?t :of ?o ."},
     ""},
    {{"?a :in ?b .", "?b :in ?c .", "?c :in ?d .", "?a :label ?n ."}, ""},
    {{":p1 :knows ?x .", ":p2 :knows ?y .", "?x :from ?l ."}, ""},
    {{"?p ?any :l5 .", "?p :label ?n .", "FILTER(STRSTARTS(?n, \"person 1\"))", "?p :born ?b ."}, ""},
    {{"?p :note ?n .", "?p :from ?l .", "?p :memberOf ?o .", "FILTER EXISTS { ?o :seat ?l }"}, ""},
    {{"?p :knows ?q .", "?p :from ?l .", "?q :from ?m .", "FILTER(?l != ?m)", "?p :holds ?t ."},
     "MINUS { ?q :note ?n }"},
    {{"?p :from :l1 .", "?p :memberOf ?o .", "?o :label ?n ."}, "{ ?p :holds ?t } UNION { ?p :note ?t }"},
};

// `handed`: rows that the steps of the plan gave to one another. Cycles tell in words what they went through.
struct Work {
  std::uint64_t rows = 0, blocks = 0, seeks = 0, handed = 0, answers = 0;
  std::string cycles;
  friend bool operator==(const Work&, const Work&) = default;
};

void add(const PlanStep& step, Work& work) {
  work.rows += step.scanned_rows;
  work.blocks += step.blocks;
  work.seeks += step.seeks;
  if (step.name != "project")
    work.handed += step.rows;  // the columns of SELECT * are in the order of the text
  if (step.name == "leapfrog join") work.cycles += step.details;
  for (const PlanStep& input : step.inputs) add(input, work);
}

TEST(WrittenOrder, DoesNotMatter) {
  OpenOptions options;
  options.adjacency_bytes = 0;  // what one query keeps in memory, the next need not read
  Store store = Store::open(":memory:", options);
  store.load_text("@prefix : <http://e/> . " + graph(), Format::ttl);
  Session session = store.session();
  Random random(1);
  for (const Group& group : kGroups) {
    std::vector<std::string> parts = group.parts;
    Work first;
    std::string first_text;
    for (int round = 0; round < 12; ++round) {
      std::string text = "PREFIX : <http://e/> SELECT * {";
      for (const std::string& part : parts) text += ' ' + part;
      text += ' ' + group.rest + " }";
      Result result = session.query(text);
      Work work;
      while (result.next()) ++work.answers;
      add(result.plan().value(), work);
      EXPECT_TRUE(work.rows > 0 || !work.cycles.empty()) << text;
      if (round == 0) {
        first = work;
        first_text = text;
      }
      EXPECT_TRUE(work == first) << text << "\nread " << work.rows << " rows in " << work.blocks
                                 << " blocks by " << work.seeks << " seeks, and " << first.rows << " rows, "
                                 << first.blocks << " blocks, " << first.seeks << " seeks as\n"
                                 << first_text << '\n'
                                 << session.explain(text) << session.explain(first_text);
      for (std::size_t i = parts.size(); i > 1; --i) std::swap(parts[i - 1], parts[random.below(i)]);
    }
  }
}

}  // namespace
}  // namespace dossier
