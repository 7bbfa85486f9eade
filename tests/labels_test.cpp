// Names: folding, matching, and the index of names against a scan of all label quads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "data/names.h"
#include "engine/dossier.h"
#include "engine/labels/folded_text.h"
#include "engine/labels/label_matcher.h"
#include "engine/store/database.h"
#include "engine/store/format.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLabel = "http://www.w3.org/2000/01/rdf-schema#label";
constexpr const char* kName = "http://xmlns.com/foaf/0.1/name";
constexpr const char* kTitle = "http://example.org/title";

std::string folded(std::string_view text) {
  TextFolder folder;
  return folder.fold(text).text;
}

class LabelsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "dossier-labels-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    path_ = directory_ + "/db";
  }
  void TearDown() override { fs::remove_all(directory_); }
  static OpenOptions quick() {
    OpenOptions options;
    options.durability = Durability::none;
    return options;
  }
  static OpenOptions reading() {
    OpenOptions options;
    options.create = false;
    options.read_only = true;
    return options;
  }
  static Quad quad(const std::string& subject, const char* predicate, const Term& label) {
    return {Term::iri("http://example.org/" + subject), Term::iri(predicate), label, std::nullopt};
  }
  static std::vector<std::string> subjects(const std::vector<LabelHit>& hits) {
    std::vector<std::string> found;
    for (const LabelHit& hit : hits) {
      const std::string_view iri = hit.subject.value();
      found.emplace_back(iri.substr(iri.rfind('/') + 1));
    }
    return found;
  }
  std::string directory_;
  std::string path_;
};

// What a search must give, from the quads alone.
using HitKey = std::tuple<std::string, std::string, std::string, LabelMatch, unsigned>;

std::multiset<HitKey> naive(Session& session, std::string_view text,
                            const std::vector<std::string>& predicates) {
  TextFolder folder;
  const FoldedText wanted = folder.fold(text);
  LabelMatcher matcher(wanted, LabelMatch::similar);
  std::set<HitKey> found;
  QuadPattern all;
  all.any_graph = true;
  for (auto cursor = session.match(all); cursor.next();) {
    const Quad& quad = cursor.quad();
    if (!quad.object.is_literal() ||
        std::find(predicates.begin(), predicates.end(), quad.predicate.value()) == predicates.end())
      continue;
    const FoldedText name = folder.fold(quad.object.value());
    const auto fit = matcher.fit(name.text, name.consonantal);
    if (!fit) continue;
    const unsigned distance =
        fit->match == LabelMatch::similar ? LabelMatcher::edit_distance(wanted.text, name.text) : 0;
    found.emplace(quad.subject.to_string(), quad.predicate.to_string(), quad.object.to_string(), fit->match,
                  distance);
  }
  return {found.begin(), found.end()};
}

std::multiset<HitKey> by_index(Session& session, std::string_view text) {
  LabelOptions options;
  options.limit = 1'000'000;
  std::multiset<HitKey> found;
  LabelMatch last = LabelMatch::exact;
  for (const LabelHit& hit : session.find_labels(text, options)) {
    EXPECT_LE(last, hit.match) << "hits are not ordered by match";
    last = hit.match;
    found.emplace(hit.subject.to_string(), hit.predicate.to_string(), hit.label.to_string(), hit.match,
                  hit.distance);
  }
  return found;
}

TEST(FoldedText, LeavesCaseAccentsAndPunctuationOut) {
  EXPECT_EQ(folded("Chen Yuhuang"), "chenyuhuang");
  EXPECT_EQ(folded("CHEN, Yu-Huáng"), "chenyuhuang");
  EXPECT_EQ(folded("Łucja O’Brien"), "lucjaobrien");
  EXPECT_EQ(folded("Straße"), "strasse");
  EXPECT_EQ(folded("ＡＢＣ １"), "abc1");
  EXPECT_EQ(folded(" -- "), "");
}

TEST(FoldedText, WritesOtherScriptsInLatin) {
  EXPECT_EQ(folded("陈玉煌"), "chenyuhuang");
  EXPECT_EQ(folded("Сергей Щербин"), "sergeyshcherbin");
  EXPECT_EQ(folded("김민서"), "gimminseo");
  TextFolder folder;
  EXPECT_TRUE(folder.fold("محمد").consonantal);
  EXPECT_FALSE(folder.fold("Muhammad").consonantal);
  // A text folds to the same whatever stood before it.
  EXPECT_EQ(folder.fold("陈玉煌").text, "chenyuhuang");
  EXPECT_EQ(folder.fold("陈玉煌").text, "chenyuhuang");
}

TEST(LabelMatcher, CountsEditsAsTheMatrixDoes) {
  std::mt19937 random(7);
  const auto text = [&](std::size_t most) {
    std::string out;
    const std::size_t length = random() % (most + 1);
    for (std::size_t i = 0; i < length; ++i) out += "klmnr"[random() % 5];
    return out;
  };
  int similar = 0;
  int parts = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string a = text(80);
    std::string b = a;
    for (std::size_t edits = random() % 7; edits > 0 && !b.empty(); --edits) {
      const std::size_t at = random() % b.size();
      const unsigned kind = random() % 3;
      if (kind == 0) {
        b.erase(at, 1);
      } else if (kind == 1) {
        b[at] = "klmnr"[random() % 5];
      } else {
        std::swap(b[at], b[(at + 1) % b.size()]);
      }
    }
    LabelMatcher matcher({a, false}, LabelMatch::similar);
    const auto fit = matcher.fit(b, false);
    std::string sounds_a;
    std::string sounds_b;
    LabelMatcher::append_sounds(sounds_a, a);
    LabelMatcher::append_sounds(sounds_b, b);
    const std::uint32_t distance = LabelMatcher::edit_distance(sounds_a, sounds_b);
    EXPECT_EQ(distance, LabelMatcher::edit_distance(sounds_b, sounds_a));
    if (a.size() < 3 || sounds_a.size() > 64 || b.find(a) != std::string::npos || b.empty()) continue;
    if (distance <= LabelMatcher::most_edits(a.size())) {
      ASSERT_TRUE(fit) << a << ' ' << b;
      ASSERT_EQ(fit->match, LabelMatch::similar);
      ASSERT_EQ(fit->distance, distance) << a << ' ' << b;
      ++similar;
    } else {
      // Or the part of it that fits best.
      std::uint32_t best = static_cast<std::uint32_t>(sounds_a.size());
      if (sounds_b.size() > sounds_a.size())
        for (std::size_t from = 0; from <= sounds_b.size(); ++from)
          for (std::size_t to = from; to <= std::min(sounds_b.size(), from + sounds_a.size() + 2); ++to)
            best = std::min(best, LabelMatcher::edit_distance(sounds_a, sounds_b.substr(from, to - from)));
      const std::uint32_t most = LabelMatcher::most_part_edits(a.size());
      const bool fits = most > 0 && sounds_b.size() > sounds_a.size() && best <= most;
      ASSERT_EQ(fit.has_value(), fits) << a << ' ' << b;
      if (fits) {
        ASSERT_EQ(fit->distance, best + 1) << a << ' ' << b;
      }
      parts += fits;
    }
  }
  EXPECT_GT(similar, 2000);
  EXPECT_GT(parts, 20);
}

TEST(LabelMatcher, RanksTheFourKinds) {
  const auto fit = [](std::string_view wanted, std::string_view name) {
    TextFolder folder;
    LabelMatcher matcher(folder.fold(wanted), LabelMatch::similar);
    const FoldedText& other = folder.fold(name);
    const auto found = matcher.fit(other.text, other.consonantal);
    return found ? std::optional(found->match) : std::nullopt;
  };
  EXPECT_EQ(fit("chen yuhuang", "Chen Yuhuang"), LabelMatch::exact);
  EXPECT_EQ(fit("chen yuhuan", "Chen Yuhuang"), LabelMatch::prefix);
  EXPECT_EQ(fit("yuhuang", "Chen Yuhuang"), LabelMatch::part);
  EXPECT_EQ(fit("chen yuhang", "Chen Yuhuang"), LabelMatch::similar);
  EXPECT_EQ(fit("Mohamed Mursi", "Mohammed Morsi"), LabelMatch::similar);
  EXPECT_EQ(fit("Korean Centrl News Agency", "The Korean Central News Agency of Pyongyang"),
            LabelMatch::similar);
  EXPECT_EQ(fit("merkle", "Angela Merkel"), LabelMatch::similar) << "neighbours exchanged are one edit";
  EXPECT_EQ(fit("obmaa", "Barack Obama"), LabelMatch::similar);
  EXPECT_EQ(fit("yuhang", "Chen Yuhuang"), LabelMatch::similar);
  EXPECT_EQ(fit("obaa", "Barack Obama"), std::nullopt) << "a part of so few letters is to fit";
  EXPECT_EQ(fit("miekle", "Angela Merkel"), std::nullopt) << "two edits are too many for six letters";
  EXPECT_EQ(fit("chen yuhuang", "Barack Obama"), std::nullopt);
  EXPECT_EQ(fit("", "Chen"), std::nullopt);
}

// The spellings of the generator's people: native, and in the Latin of libraries, which is not that of ICU.
TEST(LabelMatcher, NamesMeetAcrossScripts) {
  using generator::Culture;
  const std::map<Culture, double> least = {{Culture::latin, 1.0},
                                           {Culture::chinese, 0.97},
                                           {Culture::korean, 0.9},
                                           {Culture::cyrillic, 0.99},
                                           {Culture::arabic, 0.97}};
  TextFolder folder;
  for (const auto& [culture, share] : least) {
    int met = 0;
    constexpr int kNames = 400;
    std::string missed;
    for (int i = 0; i < kNames; ++i) {
      generator::Random random(11, static_cast<std::uint64_t>(culture), static_cast<std::uint64_t>(i));
      generator::Name name;
      generator::person_name(culture, random, name);
      bool both = true;
      for (const auto& [wanted, other] :
           {std::pair(name.native, name.latin), std::pair(name.latin, name.native)}) {
        LabelMatcher matcher(folder.fold(wanted), LabelMatch::similar);
        const FoldedText& text = folder.fold(other);
        both = both && matcher.fit(text.text, text.consonantal).has_value();
      }
      met += both;
      if (!both) missed += name.native + " / " + name.latin + "; ";
    }
    EXPECT_GE(met, share * kNames) << static_cast<int>(culture) << ": " << missed;
  }
}

std::vector<std::string> described(const std::vector<LabelHit>& hits) {
  std::vector<std::string> all;
  for (const LabelHit& hit : hits)
    all.push_back(hit.subject.to_string() + hit.predicate.to_string() + hit.label.to_string() +
                  std::to_string(static_cast<int>(hit.match)));
  return all;
}

TEST_F(LabelsTest, FindsAllThatAScanFindsAfterRandomCommits) {
  std::mt19937 random(3);
  const std::vector<std::string> used = {kLabel, kName};
  std::vector<Term> names;
  for (int i = 0; i < 60; ++i) {
    generator::Random of_name(5, 0, static_cast<std::uint64_t>(i));
    generator::Name name;
    generator::person_name(static_cast<generator::Culture>(i % 5), of_name, name);
    names.push_back(Term::tagged(name.native, "x"));
    names.push_back(Term::literal(name.latin));
  }
  names.push_back(Term::literal("Li"));  // stands in its id
  names.push_back(Term::integer(2014));
  names.push_back(Term::iri("http://example.org/no-literal"));
  std::vector<std::string> wanted;
  for (int i = 0; i < 6; ++i) wanted.emplace_back(names[random() % names.size()].value());
  wanted.insert(wanted.end(), {"li", "2014", "an", "sergei"});

  auto store = Store::open(path_, quick());
  auto session = store.session();
  const auto check_all = [&](Session& at, const char* when) {
    for (const std::string& text : wanted) {
      ASSERT_EQ(by_index(at, text), naive(at, text, used)) << when << ": " << text;
      if (at.in_transaction()) continue;
      // A search in a hurry that has time enough finds the same.
      LabelOptions options;
      options.limit = 100'000;
      options.weakest = LabelMatch::prefix;
      const auto all = described(at.find_labels(text, options));
      options.patience = std::chrono::seconds(100);
      ASSERT_EQ(described(at.find_labels(text, options)), all) << when << ": " << text;
    }
  };
  const auto random_quad = [&] {
    static constexpr const char* kPredicates[] = {kLabel, kName, kTitle};
    Quad made =
        quad(std::to_string(random() % 40), kPredicates[random() % 3], names[random() % names.size()]);
    if (random() % 3 == 0) made.graph = Term::iri("http://example.org/g" + std::to_string(random() % 2));
    return made;
  };
  for (int round = 0; round < 40; ++round) {
    if (round == 5) store.index_labels({Term::iri(kLabel), Term::iri(kName)});
    if (round % 4 == 3) session.begin();
    const std::size_t quads = 1 + random() % 6;
    for (std::size_t i = 0; i < quads; ++i) {
      if (random() % 3 == 0) {
        session.erase(random_quad());
      } else {
        session.insert(random_quad());
      }
    }
    if (round % 16 == 9) {
      std::string text;
      for (int i = 0; i < 2100; ++i) {
        const Quad made = random_quad();
        if (!made.object.is_literal()) continue;
        text += made.subject.to_string() + " " + made.predicate.to_string() + " " + made.object.to_string() +
                " .\n";
        text += "<http://example.org/n" + std::to_string(round * 2100 + i) + "> <" + kTitle + "> " +
                std::to_string(i) + " .\n";
      }
      if (!session.in_transaction()) store.load_text(text, Format::ttl);
    }
    if (round % 13 == 12 && !session.in_transaction()) store.compact();
    if (session.in_transaction()) {
      check_all(session, "in a transaction");
      auto other = store.session();
      check_all(other, "beside a transaction");
      if (random() % 2 == 0) {
        session.commit();
      } else {
        session.rollback();
      }
    }
    check_all(session, "after a commit");
    if (round >= 5) {
      const auto report = store.label_index();
      ASSERT_TRUE(report);
      ASSERT_EQ(report->missing, 0u) << "commits, loads and compact keep the index, round " << round;
    }
    if (round % 5 == 0) {
      ASSERT_THAT(store.check(), testing::IsEmpty());
    }
  }
  // Other predicates: the index is another one.
  store.index_labels({Term::iri(kTitle)});
  EXPECT_EQ(store.label_index()->missing, 0u);
  for (const std::string& text : wanted) EXPECT_EQ(by_index(session, text), naive(session, text, {kTitle}));
  EXPECT_THAT(store.check(), testing::IsEmpty());

  // A backup has it, too, and so has a store that is read-only.
  store.backup(directory_ + "/copy");
  auto copy = Store::open(directory_ + "/copy", reading());
  EXPECT_EQ(copy.label_index()->labels, store.label_index()->labels);
  auto reader = copy.session();
  for (const std::string& text : wanted) EXPECT_EQ(by_index(reader, text), naive(reader, text, {kTitle}));
}

TEST_F(LabelsTest, WorksWithoutAnIndexOnAStoreThatIsReadOnly) {
  {
    auto store = Store::open(path_, quick());
    auto session = store.session();
    session.insert(quad("chen", kLabel, Term::tagged("陈玉煌", "zh")));
    session.insert(quad("li", kLabel, Term::literal("Li Wei")));
  }
  auto store = Store::open(path_, reading());
  EXPECT_FALSE(store.label_index());
  auto session = store.session();
  for (int i = 0; i < 2; ++i)
    EXPECT_THAT(subjects(session.find_labels("Chen Yuhuang")), testing::ElementsAre("chen"));
  EXPECT_THROW(store.index_labels(), StorageError);
  // What a transaction that cannot be committed brings is found in it, and not after it.
  session.begin();
  session.insert(quad("wu", kLabel, Term::literal("Chen Yuhua")));
  EXPECT_THAT(subjects(session.find_labels("Chen Yuhuang")), testing::ElementsAre("chen", "wu"));
  session.rollback();
  EXPECT_THAT(subjects(session.find_labels("Chen Yuhuang")), testing::ElementsAre("chen"));
}

TEST_F(LabelsTest, OutOfPatienceASearchKeepsWhatItHas) {
  auto store = Store::open(path_, quick());
  auto session = store.session();
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    const std::string number = std::to_string(i);
    text += "<http://e/" + number + "> <" + kLabel + "> \"Chen " + number + " of some place\" .\n";
  }
  store.load_text(text, Format::nt);
  LabelOptions options;
  options.limit = 100'000;
  options.weakest = LabelMatch::prefix;
  options.patience = std::chrono::milliseconds(1);
  EXPECT_LT(session.find_labels("chen", options).size(), 20'000u);
  store.index_labels();
  options.patience = std::chrono::seconds(100);
  EXPECT_EQ(session.find_labels("chen", options).size(), 20'000u);
}

TEST_F(LabelsTest, LimitsAndKindsAreThoseAskedFor) {
  auto store = Store::open(path_, quick());
  auto session = store.session();
  for (int i = 0; i < 100; ++i)
    session.insert(quad(std::to_string(i), kLabel, Term::literal("Chen " + std::to_string(i))));
  session.insert(quad("exact", kLabel, Term::literal("CHEN")));
  session.insert(quad("also", kName, Term::literal("Chen")));
  LabelOptions options;
  options.limit = 3;
  const auto hits = session.find_labels("chen", options);
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(hits[0].match, LabelMatch::exact);
  EXPECT_EQ(hits[1].match, LabelMatch::exact);
  EXPECT_EQ(hits[2].match, LabelMatch::prefix);
  options.limit = 1000;
  options.weakest = LabelMatch::exact;
  EXPECT_EQ(session.find_labels("chen", options).size(), 2u);
  options.predicates = {Term::iri(kName)};
  EXPECT_THAT(subjects(session.find_labels("chen", options)), testing::ElementsAre("also"));
  EXPECT_TRUE(session.find_labels("...").empty());
  EXPECT_THROW(store.index_labels({Term::literal("no IRI")}), QueryError);
}

TEST_F(LabelsTest, AStoreOfTheFormatBeforeOpensAndTakesAnIndex) {
  {
    auto store = Store::open(path_, quick());
    auto session = store.session();
    session.insert(quad("chen", kLabel, Term::literal("Chen Yuhuang")));
  }
  {
    const auto kv = KeyValueStore::open(path_, {});
    const auto batch = kv->batch();
    batch->put(Family::meta, kFormatKey, format_record(kFormatWithoutLabels));
    kv->write(*batch, true);
  }
  auto store = Store::open(path_, quick());
  auto session = store.session();
  EXPECT_THAT(subjects(session.find_labels("yuhuang")), testing::ElementsAre("chen"));
  store.index_labels();
  EXPECT_EQ(store.label_index()->labels, 1u);
  EXPECT_THAT(store.check(), testing::IsEmpty());
}

TEST_F(LabelsTest, CheckFindsAWrongEntryAndRepairMakesTheIndexAnew) {
  {
    auto store = Store::open(path_, quick());
    auto session = store.session();
    session.insert(quad("chen", kLabel, Term::literal("Chen Yuhuang")));
    session.insert(quad("li", kLabel, Term::literal("Li Wei-min")));
    store.index_labels({Term::iri(kLabel)});
  }
  {
    const auto kv = KeyValueStore::open(path_, {});
    std::string block;
    std::uint64_t number = 0;
    while (number < 100 && !kv->get(nullptr, Family::meta, label_key(number), block)) ++number;
    ASSERT_LT(number, 100u);
    block[block.find("chen")] = 'x';
    const auto batch = kv->batch();
    batch->put(Family::meta, label_key(number), block);
    kv->write(*batch, true);
  }
  {
    auto store = Store::open(path_, quick());
    const auto findings = store.check();
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_THAT(findings[0], testing::HasSubstr("labels: an entry is not what its literal folds to"));
  }
  const RepairReport report = Store::repair(path_);
  EXPECT_THAT(report.lost, testing::IsEmpty());
  auto store = Store::open(path_, quick());
  EXPECT_THAT(store.check(), testing::IsEmpty());
  ASSERT_TRUE(store.label_index());
  EXPECT_THAT(store.label_index()->predicates, testing::ElementsAre(Term::iri(kLabel)));
  EXPECT_EQ(store.label_index()->missing, 0u);
  EXPECT_EQ(store.label_index()->labels, 2u);
  auto session = store.session();
  EXPECT_THAT(subjects(session.find_labels("chen yuhuang")), testing::ElementsAre("chen"));
}

TEST_F(LabelsTest, CommitsAndLoadsAddTheirNames) {
  auto store = Store::open(path_, quick());
  store.index_labels();
  auto session = store.session();
  session.update("INSERT DATA { <http://example.org/chen> <" + std::string(kLabel) + "> '陈玉煌'@zh }");
  EXPECT_EQ(store.label_index()->labels, 1u);
  session.update("DELETE DATA { <http://example.org/chen> <" + std::string(kLabel) + "> '陈玉煌'@zh }");
  EXPECT_THAT(session.find_labels("Chen Yuhuang"), testing::IsEmpty());
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += "<http://example.org/" + std::to_string(i) + "> <" + kLabel + "> \"Person " + std::to_string(i) +
            "\" .\n";
  store.load_text(text, Format::nt);
  EXPECT_EQ(store.label_index()->labels, 5000u);
  EXPECT_EQ(store.label_index()->missing, 0u);
  EXPECT_THAT(subjects(session.find_labels("person 4711")), testing::Contains("4711"));
  store.compact();
  EXPECT_EQ(store.label_index()->labels, 5000u);
  // Cancelled from elsewhere, and out of memory.
  LabelOptions options;
  options.memory_bytes = 1000;
  EXPECT_THROW(session.find_labels("person", options), LimitError);
}

}  // namespace
}  // namespace dossier
