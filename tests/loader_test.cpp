// The bulk loader against the same quads put in one by one.
#include "engine/store/loader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/cdt/composite.h"
#include "engine/cdt/labels.h"
#include "engine/io/rdf_reader.h"
#include "engine/store/database.h"

namespace dossier {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "dossier-loader-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return file(name);
  }

 private:
  fs::path path_;
};

std::unique_ptr<Database> memory_store() {
  return Database::open(":memory:", {});
}

LoadSource text_source(std::string_view text, const std::string& name = "text") {
  LoadSource source;
  source.path = name;
  source.text = text;
  return source;
}

LoadOptions as(Format format, std::size_t memory = std::size_t{1} << 30, unsigned threads = 2) {
  LoadOptions options;
  options.format = format;
  options.memory_bytes = memory;
  options.threads = threads;
  return options;
}

// Every quad as N-Quads, sorted.
std::vector<std::string> dump(const Database& database) {
  const auto snapshot = database.snapshot();
  std::vector<std::string> lines;
  const auto cursor = snapshot->scan({}, kAllColumns);
  RowBlock block;
  while (cursor->next(block)) {
    for (std::size_t row = 0; row < block.rows; ++row) {
      std::string line;
      for (int column = 0; column < 4; ++column) {
        const Id id = block.columns[column][row];
        if (column == 3 && id == kDefaultGraph) continue;
        line += snapshot->term(id).to_string() + " ";
      }
      lines.push_back(line);
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

// The rows of spog as ids: equal only when the numbering is equal, too.
std::vector<Row> id_rows(const Database& database) {
  const auto snapshot = database.snapshot();
  std::vector<Row> rows;
  const auto cursor = snapshot->scan({}, kAllColumns);
  RowBlock block;
  while (cursor->next(block)) {
    for (std::size_t row = 0; row < block.rows; ++row) {
      rows.push_back(
          {block.columns[0][row], block.columns[1][row], block.columns[2][row], block.columns[3][row]});
    }
  }
  return rows;
}

// Puts the quads of a text in one by one; returns how many were new.
std::uint64_t insert_each(Database& database, std::string_view text, Format format) {
  const auto source = memory_source(text);
  ReadOptions options;
  options.name = "text";
  options.hash_seed = database.hash_seed();
  const auto transaction = database.begin();
  std::uint64_t added = 0;
  std::map<std::string, Id> blanks;
  read_rdf(*source, format, options, [&](QuadBatch& batch) {
    std::vector<Id> ids;
    for (std::size_t i = 0; i < batch.entries().size(); ++i) {
      const auto& entry = batch.entries()[i];
      const auto bytes = entry.is_triple ? std::string_view() : batch.bytes(static_cast<QuadBatch::Index>(i));
      if (entry.is_triple) {
        ids.push_back(
            transaction->intern_triple(ids[entry.triple[0]], ids[entry.triple[1]], ids[entry.triple[2]]));
      } else if (entry.inline_id.is_bound()) {
        ids.push_back(entry.inline_id);
      } else if (bytes.front() == kBlankByte) {
        const auto [place, fresh] = blanks.try_emplace(std::string(bytes));
        if (fresh) place->second = transaction->fresh_blank();
        ids.push_back(place->second);
      } else {
        ids.push_back(transaction->intern(bytes));
      }
    }
    for (const auto& row : batch.rows()) {
      added += transaction->insert(Row{ids[row[0]], ids[row[1]], ids[row[2]],
                                       row[3] == QuadBatch::kDefault ? kDefaultGraph : ids[row[3]]});
    }
    batch.clear();
  });
  transaction->commit();
  return added;
}

void expect_sound(const Database& database) {
  for (const std::string& finding : database.check()) ADD_FAILURE() << finding;
}

// The statistics of a snapshot against its rows.
void expect_counts(const Database& database) {
  const auto snapshot = database.snapshot();
  std::map<std::pair<Id, Id>, std::uint64_t> by_graph_predicate;
  std::map<Id, std::uint64_t> by_predicate;
  std::set<Id> subjects;
  const auto rows = id_rows(database);
  for (const Row& row : rows) {
    ++by_graph_predicate[{row[3], row[1]}];
    ++by_predicate[row[1]];
    subjects.insert(row[0]);
  }
  EXPECT_EQ(snapshot->quads(), rows.size());
  for (const auto& [key, count] : by_graph_predicate)
    EXPECT_EQ(snapshot->quads(key.first, key.second), count);
  for (const auto& [predicate, count] : by_predicate)
    EXPECT_EQ(snapshot->predicate(predicate).triples, count);
  EXPECT_EQ(snapshot->predicates().size(), by_predicate.size());
}

// A graph with every kind of term, duplicates, named graphs, nested triple terms; `part` shifts what it
// speaks of.
std::string sample_quads(int quads, int part = 0, unsigned seed = 7) {
  std::mt19937 random(seed + static_cast<unsigned>(part));
  std::string text;
  for (int i = 0; i < quads; ++i) {
    const int subject = static_cast<int>(random() % static_cast<unsigned>(quads / 4 + 1)) + part * quads / 8;
    std::string s =
        subject % 7 == 0 ? fmt::format("_:s{}", subject) : fmt::format("<http://example.org/s/{}>", subject);
    std::string o;
    switch (random() % 9) {
      case 0:
        o = fmt::format("\"{}\"^^<http://www.w3.org/2001/XMLSchema#integer>", random() % 5000);
        break;
      case 1:
        o = fmt::format("\"a longer text, number {}\"@en", random() % 300);
        break;
      case 2:
        o = fmt::format("\"a longer text, number {}\"@EN", random() % 300);
        break;
      case 3:
        o = fmt::format("\"19{:02}-03-0{}\"^^<http://www.w3.org/2001/XMLSchema#date>", random() % 100,
                        1 + random() % 9);
        break;
      case 4:
        o = fmt::format("<<( <http://example.org/s/{}> <http://example.org/p1> _:s{} )>>", random() % 50,
                        random() % 40);
        break;
      case 5:
        o = fmt::format(
            "<<( _:s7 <http://example.org/p2> <<( <http://example.org/s/{}> <http://example.org/p2> \"x\" "
            ")>> )>>",
            random() % 20);
        break;
      case 6:
        o = fmt::format("\"text that is long {}\"", random() % 700);
        break;
      case 7:
        o = fmt::format(
            "<<( <http://example.org/s/{}> <http://example.org/p3> "
            "\"{}\"^^<http://www.w3.org/2001/XMLSchema#integer> )>>",
            random() % 50, random() % 40);
        break;
      default:
        o = fmt::format("<http://example.org/s/{}>", random() % static_cast<unsigned>(quads));
        break;
    }
    std::string g;
    if (random() % 3 == 0)
      g = random() % 8 == 0 ? "_:graph " : fmt::format("<http://example.org/g/{}> ", random() % 5);
    text += fmt::format("{} <http://example.org/p{}> {} {}.\n", s, random() % 12, o, g);
  }
  return text;
}

TEST(Loader, EqualsInsertingEachQuad) {
  const std::string text = sample_quads(5000);
  const auto one = memory_store();
  const auto other = memory_store();
  const std::uint64_t added = insert_each(*one, text, Format::nq);
  const LoadReport report = load(*other, {text_source(text)}, as(Format::nq));
  EXPECT_EQ(report.quads, 5000u);
  EXPECT_EQ(report.added, added);
  EXPECT_EQ(dump(*one), dump(*other));
  EXPECT_EQ(id_rows(*one), id_rows(*other));
  expect_sound(*other);
  expect_counts(*other);
}

TEST(Loader, EmptyTextIsACommitWithoutRows) {
  const auto store = memory_store();
  const LoadReport report = load(*store, {text_source("")}, as(Format::nt));
  EXPECT_EQ(report.quads, 0u);
  EXPECT_EQ(report.added, 0u);
  expect_sound(*store);
}

TEST(Loader, DuplicateRowsCountOnce) {
  const auto store = memory_store();
  const std::string line = "<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n";
  const LoadReport report = load(*store, {text_source(line + line + line)}, as(Format::nt));
  EXPECT_EQ(report.quads, 3u);
  EXPECT_EQ(report.added, 1u);
  EXPECT_EQ(load(*store, {text_source(line)}, as(Format::nt)).added, 0u);
  EXPECT_EQ(dump(*store).size(), 1u);
  expect_sound(*store);
  expect_counts(*store);
}

TEST(Loader, FilledStoreMergesBlocks) {
  const auto one = memory_store();
  const auto other = memory_store();
  for (int part = 0; part < 4; ++part) {
    const std::string text = sample_quads(6000, part);
    const std::uint64_t added = insert_each(*one, text, Format::nq);
    EXPECT_EQ(load(*other, {text_source(text)}, as(Format::nq)).added, added);
    expect_sound(*other);
  }
  EXPECT_EQ(dump(*one), dump(*other));
  EXPECT_EQ(id_rows(*one), id_rows(*other));
  expect_counts(*other);
}

TEST(Loader, FoldsTheOverlayFirst) {
  const std::string first = sample_quads(3000, 0);
  const std::string second = sample_quads(3000, 1);
  const auto store = memory_store();
  insert_each(*store, first, Format::nq);
  load(*store, {text_source(second)}, as(Format::nq));
  const auto other = memory_store();
  insert_each(*other, first, Format::nq);
  insert_each(*other, second, Format::nq);
  EXPECT_EQ(dump(*store), dump(*other));
  expect_sound(*store);
  expect_counts(*store);
  insert_each(*store, sample_quads(500, 2), Format::nq);  // commits go on after a load
  expect_sound(*store);
}

TEST(Loader, SeveralChunksEqualOne) {
  const std::string text = sample_quads(30000);
  const auto one = memory_store();
  const auto several = memory_store();
  const LoadReport whole = load(*one, {text_source(text)}, as(Format::nq));
  const LoadReport parts = load(*several, {text_source(text)}, as(Format::nq, 1 << 20));
  EXPECT_EQ(whole.added, parts.added);
  EXPECT_EQ(dump(*one), dump(*several));
  expect_sound(*several);
  expect_counts(*several);
  // Into a filled store.
  const std::string more = sample_quads(30000, 1);
  EXPECT_EQ(load(*one, {text_source(more)}, as(Format::nq)).added,
            load(*several, {text_source(more)}, as(Format::nq, 1 << 20)).added);
  EXPECT_EQ(id_rows(*one), id_rows(*several));
  EXPECT_EQ(dump(*one), dump(*several));
  expect_sound(*several);
  expect_counts(*several);
}

TEST(Loader, IdsDoNotDependOnThreads) {
  const std::string text = sample_quads(20000);
  const Folder folder;
  const std::string path = folder.write("sample.nq", text);
  std::vector<Row> first;
  for (const unsigned threads : {1u, 2u, 5u}) {
    const auto store = memory_store();
    LoadOptions options;
    options.threads = threads;
    options.memory_bytes = std::size_t{8} << 20;
    load(*store, {{path, {}, {}, {}}}, options);
    if (first.empty()) first = id_rows(*store);
    EXPECT_EQ(id_rows(*store), first) << threads;
  }
  EXPECT_FALSE(first.empty());
}

TEST(Loader, BlankNodesOfFilesDiffer) {
  const auto store = memory_store();
  const std::string text =
      "_:x <http://example.org/p> _:y .\n_:x <http://example.org/p> <<( _:x <http://example.org/p> _:y )>> "
      ".\n";
  const LoadReport report =
      load(*store, {text_source(text, "one"), text_source(text, "two")}, as(Format::nt));
  EXPECT_EQ(report.added, 4u);
  EXPECT_EQ(load(*store, {text_source(text)}, as(Format::nt)).added, 2u);
  EXPECT_EQ(store->snapshot()->triple_terms(), 3u);
  expect_sound(*store);
}

TEST(Loader, TripleTermsOfTheStoreKeepTheirIds) {
  const auto store = memory_store();
  const std::string text =
      "<http://example.org/r> <http://example.org/p> <<( <http://example.org/a> <http://example.org/p> \"1\" "
      ")>> .\n"
      "<http://example.org/r> <http://example.org/p> <<( <http://example.org/a> <http://example.org/p> <<( "
      "<http://example.org/a> <http://example.org/p> \"1\" )>> )>> .\n";
  EXPECT_EQ(load(*store, {text_source(text)}, as(Format::nt)).added, 2u);
  EXPECT_EQ(load(*store, {text_source(text)}, as(Format::nt)).added, 0u);
  EXPECT_EQ(store->snapshot()->triple_terms(), 2u);
  expect_sound(*store);
}

// Blank nodes that hold lists of themselves and of others, in the object and in a triple term.
std::string quads_with_lists(int count) {
  const std::string list = "^^<" + std::string(cdt::kListIri) + ">";
  std::string text;
  for (int i = 0; i < count; ++i) {
    const std::string value =
        fmt::format("\"[_:s{0}, {{'other': _:o{1}}}, '[_:s{0}]'{2}]\"{2}", i, i % 9, list);
    text += fmt::format("_:s{} <http://example.org/list> {} .\n", i, value);
    text += fmt::format("_:s{} <http://example.org/says> <<( _:s{} <http://example.org/list> {} )>> .\n", i,
                        i, value);
    text += fmt::format("_:s{} <http://example.org/other> _:o{} .\n", i, i % 9);
  }
  return text + "_:x <http://example.org/only> \"[_:inside]\"" + list +
         " .\n_:x <http://example.org/bad> \"[_:s1, \"" + list + " .\n";
}

// Every list holds the nodes that stand around it, under the labels of the store; how many lists there are.
int expect_lists(const Database& database) {
  const auto snapshot = database.snapshot();
  std::map<Id, Id> others;
  std::set<std::string> seen;
  const auto id_of = [&](std::string_view iri) { return snapshot->find(kIriByte + std::string(iri)); };
  const Id list = id_of("http://example.org/list");
  for (const Row& row : id_rows(database))
    if (row[1] == id_of("http://example.org/other")) others[row[0]] = row[2];
  for (const Row& row : id_rows(database)) {
    Id object = row[2];
    if (object.tag() == Tag::triple) {
      EXPECT_EQ(snapshot->triple(object)[0], row[0]);
      object = snapshot->triple(object)[2];
    } else if (row[1] != list) {
      continue;
    }
    const std::string bytes = snapshot->decode(object);
    EXPECT_EQ(snapshot->find(bytes), object) << "the hash is not that of the stored text";
    const std::vector<std::string> expected{stored_label(row[0]), stored_label(others[row[0]])};
    EXPECT_EQ(cdt::labels(bytes), expected) << bytes;
    EXPECT_NE(bytes.find("_:" + expected[0] + "]"), std::string::npos) << "quoted: " << bytes;
    seen.insert(bytes);
  }
  return static_cast<int>(seen.size());
}

TEST(Loader, LabelsInListsAreTheNodesOfTheFile) {
  for (const int count : {5, 12000})
    for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{1} << 30}) {
      SCOPED_TRACE(fmt::format("{} lists, memory {}", count, memory));
      const auto store = memory_store();
      const std::string text = quads_with_lists(count);
      load(*store, {text_source(text)}, as(Format::nt, memory));
      EXPECT_EQ(expect_lists(*store), count);
      expect_sound(*store);
      // The same text again, and in two files at once: other nodes each time.
      load(*store, {text_source(text, "one"), text_source(text, "two")}, as(Format::nt, memory));
      EXPECT_EQ(expect_lists(*store), 3 * count);
      expect_sound(*store);
      const auto dumped = dump(*store);
      const auto bad = std::count_if(dumped.begin(), dumped.end(), [](const std::string& line) {
        return line.find("[_:s1, \"") != std::string::npos;
      });
      EXPECT_EQ(bad, 3) << "what is no list stays as it is";
    }
}

TEST(Loader, ADumpWithListsLoadsAgain) {
  const auto store = memory_store();
  load(*store, {text_source(quads_with_lists(300))}, as(Format::nt));
  std::string text;
  for (const std::string& line : dump(*store)) text += line + ".\n";
  const auto again = memory_store();
  load(*again, {text_source(text)}, as(Format::nt));
  EXPECT_EQ(expect_lists(*again), 300);
  EXPECT_EQ(again->snapshot()->quads(), store->snapshot()->quads());
}

TEST(Loader, GraphOptionTakesTheDefaultGraph) {
  const auto store = memory_store();
  LoadOptions options = as(Format::nq);
  options.graph = Term::iri("http://example.org/here");
  load(*store,
       {text_source("<http://example.org/a> <http://example.org/p> \"v\" .\n"
                    "<http://example.org/a> <http://example.org/p> \"v\" <http://example.org/there> .\n")},
       options);
  const std::vector<std::string> expected = {
      "<http://example.org/a> <http://example.org/p> \"v\" <http://example.org/here> ",
      "<http://example.org/a> <http://example.org/p> \"v\" <http://example.org/there> "};
  EXPECT_EQ(dump(*store), expected);
  EXPECT_EQ(store->snapshot()->named_graphs().size(), 2u);
  expect_sound(*store);
  expect_counts(*store);
  options.graph = Term::literal("no name");
  EXPECT_THROW(load(*store, {text_source("")}, options), QueryError);
}

TEST(Loader, FailingFileLeavesTheStoreAsItWas) {
  const Folder folder;
  const auto store = Database::open(folder.file("db"), {});
  load(*store, {text_source(sample_quads(2000))}, as(Format::nq));
  const auto before = dump(*store);
  const auto sequence = store->snapshot()->sequence();
  const std::string bad =
      sample_quads(20000, 1) + "<http://example.org/a> nonsense .\n" + sample_quads(9000, 2);
  const std::string path = folder.write("bad.nq", bad);
  for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{1} << 30}) {
    try {
      load(*store, {text_source(sample_quads(3000, 3), "good"), {path, {}, {}, {}}}, as(Format::nq, memory));
      FAIL() << "no error";
    } catch (const DataError& error) {
      EXPECT_EQ(error.line(), 20001u);
      EXPECT_EQ(error.file(), path);
    }
    EXPECT_EQ(dump(*store), before);
    EXPECT_EQ(store->snapshot()->sequence(), sequence);
    EXPECT_TRUE(fs::is_empty(store->kv().temporary_directory()));
    expect_sound(*store);
  }
  LoadOptions lenient = as(Format::nq);
  lenient.skip_bad = true;
  const LoadReport report = load(*store, {{path, {}, {}, {}}}, lenient);
  EXPECT_EQ(report.bad, 1u);
  ASSERT_EQ(report.first_bad.size(), 1u);
  EXPECT_EQ(report.first_bad[0].rfind(path + ":20001:", 0), 0u) << report.first_bad[0];
  EXPECT_EQ(report.quads, 29000u);
  expect_sound(*store);
}

TEST(Loader, CancelledByItsProgress) {
  const Folder folder;
  const auto store = Database::open(folder.file("db"), {});
  const std::string text = sample_quads(20000);
  for (const std::size_t memory : {std::size_t{1} << 20, std::size_t{1} << 30}) {
    for (const Stage stage : {Stage::reading, Stage::writing}) {
      LoadOptions options = as(Format::nq, memory);
      options.progress = [&](const Progress& progress) { return progress.stage != stage; };
      try {
        load(*store, {text_source(text)}, options);
        FAIL() << "not cancelled";
      } catch (const LimitError& error) {
        EXPECT_EQ(error.reason(), LimitError::Reason::cancelled);
      }
      EXPECT_EQ(store->snapshot()->quads(), 0u);
      EXPECT_TRUE(fs::is_empty(store->kv().temporary_directory()));
    }
  }
  load(*store, {text_source(text)}, as(Format::nq));
  EXPECT_EQ(store->snapshot()->quads(), dump(*store).size());
  EXPECT_TRUE(fs::is_empty(store->kv().temporary_directory()));
  expect_sound(*store);
}

TEST(Loader, SurvivesReopening) {
  const Folder folder;
  const std::string text = sample_quads(4000);
  std::vector<std::string> lines;
  {
    const auto store = Database::open(folder.file("db"), {});
    load(*store, {text_source(text)}, as(Format::nq));
    lines = dump(*store);
  }
  const auto store = Database::open(folder.file("db"), {});
  EXPECT_EQ(dump(*store), lines);
  expect_sound(*store);
}

TEST(Loader, KeepsPrefixes) {
  const auto store = memory_store();
  const LoadReport report =
      load(*store, {text_source("PREFIX ex: <http://example.org/> ex:a ex:b ex:c {| ex:since 2020 |} .")},
           as(Format::ttl));
  const std::vector<std::pair<std::string, std::string>> expected = {{"ex", "http://example.org/"}};
  EXPECT_EQ(report.prefixes, expected);
  EXPECT_EQ(store->prefixes(), expected);
  EXPECT_EQ(report.added, 3u);
  expect_sound(*store);
}

TEST(Loader, LongTriGIsReadBesideInterning) {
  const std::string text = sample_quads(20000);
  std::string trig;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start - 1);
    const std::size_t graph = line.find(" <http://example.org/g/");
    if (graph == std::string::npos) {
      if (line.find("_:graph") == std::string::npos) trig += line + ".\n";
    } else {
      trig += line.substr(graph) + "{ " + line.substr(0, graph) + " }\n";
    }
    start = end + 1;
  }
  ASSERT_GT(trig.size(), std::size_t{512} << 10);
  const auto one = memory_store();
  const auto other = memory_store();
  const std::uint64_t added = insert_each(*one, trig, Format::trig);
  LoadOptions options = as(Format::trig, std::size_t{4} << 20);
  EXPECT_EQ(load(*other, {text_source(trig)}, options).added, added);
  EXPECT_EQ(dump(*one), dump(*other));
  expect_sound(*other);
  // An error far into it ends the reading thread and leaves the store alone.
  EXPECT_THROW(load(*other, {text_source(trig + "<http://example.org/a> nonsense .")}, options), DataError);
  options.progress = [](const Progress& progress) { return progress.stage != Stage::reading; };
  EXPECT_THROW(load(*other, {text_source(trig)}, options), LimitError);
  EXPECT_EQ(other->snapshot()->quads(), added);
}

TEST(Loader, AFewRowsAreOrdinaryCommits) {
  const std::string text = sample_quads(900);
  const auto one = memory_store();
  const auto other = memory_store();
  EXPECT_EQ(load(*other, {text_source(text)}, as(Format::nq)).added, insert_each(*one, text, Format::nq));
  EXPECT_EQ(id_rows(*one), id_rows(*other));
  EXPECT_EQ(
      load(*other, {text_source("<http://example.org/s/1> <http://example.org/p> 'v' .")}, as(Format::ttl))
          .added,
      1u);
  expect_sound(*other);
  expect_counts(*other);
}

TEST(Loader, RefusesWhatItCannotRead) {
  const auto store = memory_store();
  EXPECT_THROW(load(*store, {text_source("")}, {}), QueryError);
  EXPECT_THROW(load(*store, {text_source("")}, as(Format::json)), QueryError);
  EXPECT_THROW(load(*store, {text_source("")}, as(Format::csv)), DataError);  // no header
  EXPECT_THROW(load(*store, {{"no-such-file.nt", {}, {}, {}}}, {}), Error);
  EXPECT_EQ(store->snapshot()->quads(), 0u);
}

}  // namespace
}  // namespace dossier
