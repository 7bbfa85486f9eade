// Every kind of damage that the cross-check claims to see is made on purpose, behind the store's back, and
// must be named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "engine/model/term.h"
#include "engine/store/database.h"
#include "engine/store/relation.h"
#include "engine/store/store_snapshot.h"
#include "engine/store/term_block.h"
#include "tests/crash/memory_kv.h"
#include "tests/program.h"

namespace dossier::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

// A store of several blocks in each relation, with rows in the overlay, and of so many terms that it has a codebook.
void make_store(const std::string& path) {
  Store store = Store::open(path);
  std::string text;
  for (int i = 0; i < 3000; ++i) {
    const std::string n = std::to_string(i);
    text += "<a:s" + std::to_string(i / 2) + "> <a:p" + std::to_string(i % 5) + "> \"a value of the number " +
            n + ", one of the many in this list that tell of themselves at some length, for a longer list\" <a:g" + std::to_string(i % 3) + "> .\n" + "_:r" + n + " <a:reifies> <<( <a:s" + n +
            "> <a:p0> _:o" + n + " )>> .\n";
  }
  store.load_text(text, Format::nq);
  store.session().update(
      "PREFIX : <a:> INSERT DATA { :new :p0 'another value'@en , 5 . :x :says << :new :p0 :s1 >> . "
      "GRAPH :g0 { :new :p1 :s2 } } ; DELETE WHERE { GRAPH :g0 { :s3 ?p ?o } } ; "
      "DELETE WHERE { ?r :reifies <<( :s7 :p0 ?o )>> }");
}

// Reads and changes a store key by key.
class Tools {
 public:
  explicit Tools(KeyValueStore& kv) : kv_(kv) {}
  void put(Family family, const std::string& key, const std::string& value) {
    const auto batch = kv_.batch();
    batch->put(family, key, value);
    kv_.write(*batch, false);
  }
  void erase(Family family, const std::string& key) {
    const auto batch = kv_.batch();
    batch->erase(family, key);
    kv_.write(*batch, false);
  }
  std::string get(Family family, const std::string& key) {
    std::string value;
    EXPECT_TRUE(kv_.get(nullptr, family, key, value));
    return value;
  }
  // The key of number `index` in the order of the family.
  std::string key(Family family, std::size_t index, const std::string& from = {}) {
    const auto cursor = kv_.cursor(nullptr, family);
    for (cursor->seek(from.empty() ? first_key(family) : from); index > 0 && cursor->valid(); --index) cursor->next();
    EXPECT_TRUE(cursor->valid());
    return std::string(cursor->key());
  }
  std::size_t keys(Family family) {
    std::size_t count = 0;
    const auto cursor = kv_.cursor(nullptr, family);
    for (cursor->seek(first_key(family)); cursor->valid(); cursor->next()) ++count;
    return count;
  }

  std::vector<Values> rows(Relation relation, const std::string& block_key) {
    const std::string bytes = get(family_of(relation), block_key);
    const BlockReader reader(bytes, columns_of(relation));
    std::vector<Values> rows(reader.rows());
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t c = 0; c < columns_of(relation); ++c) rows[i][c] = reader.at(c, i);
    return rows;
  }
  void put_rows(Relation relation, const std::string& block_key, const std::vector<Values>& rows) {
    std::array<std::vector<std::uint64_t>, 4> columns;
    std::array<const std::uint64_t*, 4> pointers{};
    for (std::size_t c = 0; c < columns_of(relation); ++c) {
      for (const Values& row : rows) columns[c].push_back(row[c]);
      pointers[c] = columns[c].data();
    }
    std::string bytes;
    encode_block({pointers.data(), columns_of(relation)}, rows.size(), bytes);
    put(family_of(relation), block_key, bytes);
  }

  void change_totals(const std::function<void(Totals&)>& change) {
    const auto cursor = kv_.cursor(nullptr, Family::meta);
    cursor->seek_for_prev(commit_key(~std::uint64_t{0}));
    Totals totals;
    ASSERT_TRUE(Totals::read(cursor->value(), totals));
    const std::string key(cursor->key());
    change(totals);
    put(Family::meta, key, totals.record());
  }
  void overlay(Relation relation, const Values& row, std::string_view value) {
    put(Family::overlay, overlay_key(relation, {row.data(), columns_of(relation)}), std::string(value));
    change_totals([&](Totals& totals) { ++totals.overlay_rows[relation]; });
  }

  std::vector<std::string> terms(const std::string& key) {
    const std::string bytes = get(Family::terms, key);
    const TermBlock block(bytes, codebooks_.of(kv_, bytes));
    std::vector<std::string> terms;
    for (std::size_t i = 0; i < block.terms(); ++i) terms.emplace_back(block.term(i));
    return terms;
  }
  void put_terms(const std::string& key, const std::vector<std::string>& terms) {
    TermBlockBuilder builder;
    for (const std::string& term : terms) builder.add(term);
    put(Family::terms, key, std::string(builder.block()));
  }
  std::uint64_t seed() { return load_little_endian(get(Family::meta, std::string(kSeedKey)).data()); }

 private:
  // Codebooks are no blocks.
  static std::string first_key(Family family) {
    return family == Family::terms ? first_terms_key() : std::string();
  }

  KeyValueStore& kv_;
  Codebooks codebooks_;
};

struct Damage {
  std::string name;
  std::function<void(Tools&)> make;
  std::string finding;
};

constexpr Relation kSpog = relation_of(Permutation::spog);
constexpr Relation kPosg = relation_of(Permutation::posg);
constexpr Relation kGspo = relation_of(Permutation::gspo);
constexpr Relation kIspo = relation_of(Permutation::ispo);

std::string relation_name(Relation relation) {
  return std::string(kFamilyNames[static_cast<std::size_t>(family_of(relation))]);
}

std::vector<Damage> all_damage() {
  std::vector<Damage> all;
  const auto add = [&](const std::string& name, const std::string& finding,
                       std::function<void(Tools&)> make) {
    all.push_back({name, std::move(make), finding});
  };
  for (Relation relation = 0; relation < kRelations; ++relation) {
    const Family family = family_of(relation);
    const std::string name = relation_name(relation);
    // Against whom a relation is compared.
    const std::string other = relation == kSpog   ? "posg"
                              : relation == kIspo ? "spoi"
                              : relation > kIspo  ? "ispo"
                                                  : "spog";
    const std::string rows_differ = relation == kHashes ? "hashes: a term without hash"
                                    : relation == kSpog || relation == kIspo
                                        ? other + ": its rows are not those of " + name
                                        : name + ": its rows are not those of " + other;
    const std::string row_lost =
        relation == kHashes ? rows_differ : name + ": a row is missing that " + other + " has: ";
    add("a lost row of " + name, row_lost, [=](Tools& tools) {
      const std::string key = tools.key(family, 1);
      auto rows = tools.rows(relation, key);
      rows.erase(rows.begin() + 3);
      tools.put_rows(relation, key, rows);
    });
    add("a lost block of " + name, rows_differ,
        [=](Tools& tools) { tools.erase(family, tools.key(family, 1)); });
    add("a lost first block of " + name, name + ": the first block is missing",
        [=](Tools& tools) { tools.erase(family, tools.key(family, 0)); });
    add("rows of " + name + " out of order", name + ": rows do not ascend", [=](Tools& tools) {
      const std::string key = tools.key(family, 1);
      auto rows = tools.rows(relation, key);
      std::swap(rows[2], rows[5]);
      tools.put_rows(relation, key, rows);
    });
    add("a row of " + name + " twice", name + ": rows do not ascend", [=](Tools& tools) {
      const std::string key = tools.key(family, 1);
      auto rows = tools.rows(relation, key);
      rows.insert(rows.begin(), rows.front());
      tools.put_rows(relation, key, rows);
    });
    add("an empty block of " + name, name + ": an empty block",
        [=](Tools& tools) { tools.put_rows(relation, tools.key(family, 1), {}); });
    add("a block of " + name + " under a key too high", name + ": a row is less than the key of its block",
        [=](Tools& tools) {
          const std::string key = tools.key(family, 1);
          const auto rows = tools.rows(relation, key);
          tools.erase(family, key);
          tools.put_rows(relation, block_key({rows[2].data(), columns_of(relation)}), rows);
        });
    add("a block of " + name + " with rows of the next", name + ": a block has rows of the next one",
        [=](Tools& tools) {
          const std::string key = tools.key(family, 0);
          auto rows = tools.rows(relation, key);
          rows.push_back(tools.rows(relation, tools.key(family, 1)).back());
          tools.put_rows(relation, key, rows);
        });
    add("a block of " + name + " that is cut", name + ": a block cannot be read", [=](Tools& tools) {
      const std::string key = tools.key(family, 1);
      tools.put(family, key, tools.get(family, key).substr(0, 20));
    });
    add("a key of a wrong length in " + name, name + ": a block has a key of a wrong length",
        [=](Tools& tools) { tools.put(family, tools.key(family, 1) + "x", "x"); });
    add("a row of the blocks inserted again in " + name,
        name + ", overlay: an inserted row that is in a block already", [=](Tools& tools) {
          tools.overlay(relation, tools.rows(relation, tools.key(family, 0))[1], kInserted);
        });
    add("a row of no block erased in " + name, name + ", overlay: an erased row that is in no block",
        [=](Tools& tools) {
          Values row = tools.rows(relation, tools.key(family, 0))[1];
          row[columns_of(relation) - 1] += 1'000'000;
          tools.overlay(relation, row, kErased);
        });
    add("an overlay row of " + name + " that says nothing", name + ", overlay: neither inserted nor erased",
        [=](Tools& tools) {
          tools.overlay(relation, Values{1, 2, 3, 4}, "?");
        });
    add("a short overlay key of " + name, name + ", overlay: a key of a wrong length", [=](Tools& tools) {
      tools.put(Family::overlay, std::string(1, static_cast<char>(relation)) + "abc", std::string(kInserted));
    });
    add("a wrong count of overlay rows of " + name, name + ", overlay: ", [=](Tools& tools) {
      tools.change_totals([&](Totals& totals) { ++totals.overlay_rows[relation]; });
    });
  }
  add("an overlay row of no relation", "overlay: a row of no relation", [](Tools& tools) {
    tools.put(Family::overlay, std::string(1, '\x40') + "abc", std::string(kInserted));
  });
  add("too large a block",
      "spog: a block cannot be read: the block (0, 0, 0, 0): a packed block is damaged: it has too many rows",
      [](Tools& tools) {
        std::vector<Values> rows;
        for (int i = 0; i < 6; ++i) {
          const auto more = tools.rows(kSpog, tools.key(Family::spog, 0));
          rows.insert(rows.end(), more.begin(), more.end());
          tools.erase(Family::spog, tools.key(Family::spog, 0));
        }
        tools.put_rows(kSpog, first_block_key(kSpog), rows);
      });
  add("a row in one permutation alone", "posg: its rows are not those of spog", [](Tools& tools) {
    const auto rows = tools.rows(kPosg, tools.key(Family::posg, 0));
    tools.overlay(kPosg, Values{rows[0][0], rows[1][1], rows[0][2], kDefaultGraph.bits}, kInserted);
  });
  add("a row of the default graph in gspo", "gspo: a row of the default graph", [](Tools& tools) {
    const auto rows = tools.rows(kGspo, tools.key(Family::gspo, 0));
    tools.overlay(kGspo, Values{kDefaultGraph.bits, rows[0][1], rows[0][2], rows[0][3]}, kInserted);
  });
  const auto everywhere = [](Tools& tools, const Values& quad) {
    for (Relation relation = 0; relation < kGspo; ++relation)
      tools.overlay(relation, permute(relation, quad), kInserted);
  };
  add("a quad of a term beyond the dictionary", "spog: an id has a number that the dictionary lacks",
      [=](Tools& tools) {
        Values quad = tools.rows(kSpog, tools.key(Family::spog, 0))[0];
        quad[2] = Id::make(Tag::iri, 1'000'000).bits;
        everywhere(tools, quad);
      });
  add("a quad of a term of another kind", "spog: an id is of another kind in the dictionary",
      [=](Tools& tools) {
        Values quad = tools.rows(kSpog, tools.key(Family::spog, 0))[0];
        quad[2] = Id::make(Tag::literal, Id{quad[1]}.payload()).bits;
        everywhere(tools, quad);
      });
  add("a quad of an id that is never stored", "spog: an id is no id that is stored", [=](Tools& tools) {
    Values quad = tools.rows(kSpog, tools.key(Family::spog, 0))[0];
    quad[2] = Id::make(Tag::local, 1).bits;
    everywhere(tools, quad);
  });

  // ---- numbers
  const auto totals = [&](const std::string& name, const std::string& finding,
                          std::function<void(Totals&)> change) {
    add("a wrong number of " + name, finding, [=](Tools& tools) { tools.change_totals(change); });
  };
  totals("quads", " quads, the record of the commit says ", [](Totals& t) { ++t.quads; });
  totals("named quads", " quads of named graphs, the record of the commit says ",
         [](Totals& t) { --t.named_quads; });
  totals("triple terms", " triple terms, the record of the commit says ",
         [](Totals& t) { ++t.triple_terms; });
  totals("hashed terms", "hashes: ", [](Totals& t) { ++t.hashed_terms; });
  totals("terms", "dictionary: it ends with the term ", [](Totals& t) { ++t.next_counter; });
  totals("terms that is too small", "dictionary: it ends with the term ",
         [](Totals& t) { t.next_counter -= 6; });
  totals("terms that is much too small", "dictionary: terms are damaged: there are terms from number ",
         [](Totals& t) { t.next_counter -= 1000; });
  for (const char prefix : {kGraphPredicatePrefix, kPredicatePrefix, kGraphPrefix}) {
    const std::string of = std::string("the record ") + prefix;
    const auto first = [=](Tools& tools) { return tools.key(Family::meta, 0, std::string(1, prefix)); };
    add(of + " off by one", "statistics: a wrong number of quads: ", [=](Tools& tools) {
      std::string record = tools.get(Family::meta, first(tools));
      ++record[0];
      tools.put(Family::meta, first(tools), record);
    });
    add(of + " lost",
        "statistics: a missing record: ", [=](Tools& tools) { tools.erase(Family::meta, first(tools)); });
    add(of + " cut", "statistics: a damaged record: ", [=](Tools& tools) {
      tools.put(Family::meta, first(tools), "abc");
    });
    add(of + " of nothing", "statistics: a record of what has no quads: ", [=](Tools& tools) {
      const std::string record = tools.get(Family::meta, first(tools));
      std::string key = first(tools);
      key[key.size() - 2] = '\x70';
      tools.put(Family::meta, key, record);
    });
    add(of + " with zero", "statistics: a record of what has no quads: ", [=](Tools& tools) {
      std::string key = first(tools);
      key[key.size() - 2] = '\x70';
      tools.put(Family::meta, key, std::string(prefix == kPredicatePrefix ? 32 : 8, '\0'));
    });
    add(of + " under a short key", "statistics: a record with a damaged key",
        [=](Tools& tools) { tools.put(Family::meta, std::string(1, prefix) + "abc", std::string(8, '\1')); });
  }
  add("a wrong number of a predicate in named graphs",
      "statistics: a wrong number of quads in named graphs: ", [](Tools& tools) {
        const std::string key = tools.key(Family::meta, 1, std::string(1, kPredicatePrefix));
        std::string record = tools.get(Family::meta, key);
        ++record[8];
        tools.put(Family::meta, key, record);
      });
  add("a lost record of a commit", "commits: missing records",
      [](Tools& tools) { tools.erase(Family::meta, commit_key(1)); });
  add("a damaged record of a commit", "commits: a damaged record",
      [](Tools& tools) { tools.put(Family::meta, commit_key(1), "\xFF"); });
  add("a record of no kind", "meta: a record of no known kind",
      [](Tools& tools) { tools.put(Family::meta, "z", "z"); });

  // ---- the dictionary
  add("a lost block of terms", "dictionary: terms are damaged: the terms ",
      [](Tools& tools) { tools.erase(Family::terms, tools.key(Family::terms, 2)); });
  add("quads of lost terms", "spog: an id is lost in the dictionary: ", [](Tools& tools) {
    tools.erase(Family::terms, tools.key(Family::terms, 2));
  });
  add("the last terms lost", "dictionary: it ends with the term ", [](Tools& tools) {
    tools.erase(Family::terms, tools.key(Family::terms, tools.keys(Family::terms) - 1));
  });
  add("a cut block of terms", "dictionary: terms are damaged: the block of the term ", [](Tools& tools) {
    const std::string key = tools.key(Family::terms, 2);
    tools.put(Family::terms, key, tools.get(Family::terms, key).substr(0, 9));
  });
  add("blocks of terms that overlap", "dictionary: terms are damaged: two blocks overlap", [](Tools& tools) {
    const std::string key = tools.key(Family::terms, 2);
    tools.put_terms(terms_key(load_big_endian(key.data()) - 1), tools.terms(key));
  });
  const auto replace_term = [](Tools& tools, const std::string& with) {
    const std::string key = tools.key(Family::terms, 1);
    auto terms = tools.terms(key);
    const auto found = std::find_if(terms.begin(), terms.end(),
                                    [](const std::string& term) { return term.starts_with(kIriByte); });
    EXPECT_NE(found, terms.end());
    *found = with;
    tools.put_terms(key, terms);
  };
  add("bytes that are no term",
      "dictionary: a wrong term: ", [=](Tools& tools) { replace_term(tools, "Zabc"); });
  add("a literal without its lexical form",
      "dictionary: a wrong term: ", [=](Tools& tools) { replace_term(tools, "Den"); });
  add("a short string in the dictionary",
      "dictionary: a wrong term: ", [=](Tools& tools) { replace_term(tools, "Sabc"); });
  add("another term in a term's place",
      "hashes: a hash is not that of its term: ", [=](Tools& tools) { replace_term(tools, "Ia:another"); });
  add("an entry without bytes that has a hash",
      "hashes: a hash of no term: ", [=](Tools& tools) { replace_term(tools, ""); });
  add("a term twice", "dictionary: a term is there twice: ", [](Tools& tools) {
    const std::string key = tools.key(Family::terms, 1);
    auto terms = tools.terms(key);
    std::vector<std::size_t> iris;
    for (std::size_t i = 0; i < terms.size(); ++i)
      if (!terms[i].empty() && terms[i][0] == kIriByte) iris.push_back(i);
    ASSERT_GE(iris.size(), 2U);
    const auto id_of = [&](std::size_t i) {
      return Id::make(Tag::iri, load_big_endian(key.data()) + i).bits;
    };
    const auto hash_of = [&](std::size_t i) { return hash_key(hash_term_bytes(terms[i], tools.seed())); };
    tools.overlay(kHashes, Values{hash_of(iris[0]), id_of(iris[0])}, kErased);
    tools.overlay(kHashes, Values{hash_of(iris[1]), id_of(iris[0])}, kInserted);
    terms[iris[0]] = terms[iris[1]];
    tools.put_terms(key, terms);
  });
  add("a hash of no term", "hashes: a hash of no term: ", [](Tools& tools) {
    tools.overlay(kHashes, Values{5, Id::make(Tag::iri, 1'000'000).bits}, kInserted);
  });
  add("a second hash of a term", "hashes: a term has two hashes: ", [](Tools& tools) {
    tools.overlay(kHashes, Values{5, tools.rows(kHashes, tools.key(Family::hashes, 1))[0][1]}, kInserted);
  });
  add("a wrong hash", "hashes: a hash is not that of its term: ", [](Tools& tools) {
    const std::string key = tools.key(Family::hashes, 1);
    auto rows = tools.rows(kHashes, key);
    rows[0][0] += 1;
    tools.put_rows(kHashes, key, rows);
  });

  // ---- codebooks
  add("a codebook that stands once", "codebooks: one of the two copies is missing: number 1",
      [](Tools& tools) { tools.erase(Family::terms, codebook_key(1)); });
  add("a codebook with a damaged copy", "codebooks: the two copies differ: number 1",
      [](Tools& tools) { tools.put(Family::terms, codebook_key(1), "no codebook"); });
  add("a codebook whose other copy is damaged", "codebooks: the two copies differ: number 1",
      [](Tools& tools) { tools.put(Family::meta, codebook_record_key(1), "no codebook"); });
  add("a codebook of no number", "codebooks: a record with a damaged key",
      [](Tools& tools) { tools.put(Family::meta, "k1", tools.get(Family::meta, codebook_record_key(1))); });
  add("a lost codebook", "dictionary: terms are damaged: the block of the term 1: the dictionary has lost its codebook 1",
      [](Tools& tools) {
        tools.erase(Family::terms, codebook_key(1));
        tools.erase(Family::meta, codebook_record_key(1));
      });

  // ---- triple terms
  const auto triple_everywhere = [](Tools& tools, const Values& triple) {
    for (Relation relation = kIspo; relation < kHashes; ++relation)
      tools.overlay(relation, permute(relation, triple), kInserted);
  };
  const auto some_triple = [](Tools& tools) {
    const Values row = tools.rows(kIspo, tools.key(Family::ispo, 0))[4];
    return Values{row[1], row[2], row[3], row[0]};
  };
  add("a triple term in three of four relations", "posi: a row is missing that ispo has: the triple term ",
      [=](Tools& tools) {
        tools.overlay(relation_of(Permutation::posi),
                      permute(relation_of(Permutation::posi), some_triple(tools)), kErased);
      });
  add("a triple term of two triples", "ispo: a triple term stands for two triples", [=](Tools& tools) {
    Values triple = some_triple(tools);
    triple[2] = triple[1];
    triple_everywhere(tools, triple);
  });
  add("a triple term twice", "dictionary: a triple term is there twice", [=](Tools& tools) {
    Values triple = some_triple(tools);
    triple[3] += 1;
    triple_everywhere(tools, triple);
  });
  add("a triple term that is an IRI too", "ispo: a triple term whose number is that of another term",
      [=](Tools& tools) {
        Values triple = some_triple(tools);
        triple[3] = Id::make(Tag::triple, Id{triple[1]}.payload()).bits;
        triple_everywhere(tools, triple);
      });
  add("a triple term beyond the dictionary", "ispo: a triple term that the dictionary lacks",
      [=](Tools& tools) {
        Values triple = some_triple(tools);
        triple[3] = Id::make(Tag::triple, 1'000'000).bits;
        triple_everywhere(tools, triple);
      });
  add("a triple term with a component of another kind",
      "ispo: a component of a triple term is of another kind", [=](Tools& tools) {
        Values triple = some_triple(tools);
        triple[0] = Id::make(Tag::literal, Id{triple[1]}.payload()).bits;
        triple_everywhere(tools, triple);
      });
  return all;
}

TEST(Check, NamesEveryKindOfDamage) {
  TemporaryFolder folder;
  const std::string path = folder / "sound";
  make_store(path);
  KeyValueOptions options;
  options.read_only = true;
  const auto sound = KeyValueStore::open(path, options);
  const auto all = all_damage();
  for (std::size_t number = 0; number <= all.size(); ++number) {
    const std::shared_ptr<KeyValueStore> kv = test::make_memory_kv();
    const auto batch = kv->batch();
    for (std::size_t i = 0; i < kFamilies; ++i) {
      const auto cursor = sound->cursor(nullptr, static_cast<Family>(i));
      for (cursor->seek({}); cursor->valid(); cursor->next())
        batch->put(static_cast<Family>(i), cursor->key(), cursor->value());
    }
    kv->write(*batch, false);
    if (number == all.size()) {
      EXPECT_THAT(Database(kv, "sound", {}).check(), ::testing::IsEmpty());
      break;
    }
    SCOPED_TRACE(all[number].name);
    Tools tools(*kv);
    all[number].make(tools);
    EXPECT_THAT(Database(kv, "damaged", {}).check(), Contains(HasSubstr(all[number].finding)));
  }
}

TEST(Check, NamesTheFileOfAWrongChecksum) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  make_store(path);
  Store::open(path).compact();
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() != ".sst") continue;
    ++files;
    const auto flip = [&] {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      const auto at = static_cast<std::streamoff>(entry.file_size() / 5);
      file.seekg(at);
      const char byte = static_cast<char>(file.get() ^ 4);
      file.seekp(at);
      file.put(byte);
    };
    flip();
    const Outcome outcome = run_program({"check", path});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr(entry.path().filename().string()));
    flip();
  }
  EXPECT_GE(files, 10U);
  EXPECT_EQ(run_program({"check", path}).code, 0);
}

TEST(Check, CanBeCancelled) {
  TemporaryFolder folder;
  const std::string path = folder / "store";
  make_store(path);
  int calls = 0;
  std::string text;
  Store store = Store::open(path);
  for (int i = 0; i < 60'000; ++i)
    text += "<a:s" + std::to_string(i) + "> <a:p> <a:o" + std::to_string(i) + "> .\n";
  store.load_text(text, Format::nt);
  EXPECT_TRUE(
      store.check([&](const Progress& progress) { return ++calls > 0 && progress.done <= progress.total; })
          .empty());
  EXPECT_GT(calls, 3);
  EXPECT_THROW(store.check([](const Progress&) { return false; }), LimitError);
}

// ---- repair

std::string dump_of(const std::string& path) {
  OpenOptions options;
  options.create = false;
  options.read_only = true;
  std::ostringstream out;
  Store::open(path, options).dump(out, Format::nq);
  return out.str();
}

// Flips a bit in the middle of a file.
void damage_file(const fs::path& path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto at = static_cast<std::streamoff>(fs::file_size(path) / 4);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 4);
  file.seekp(at);
  file.put(byte);
}

std::vector<std::string> check_of(const std::string& path) {
  OpenOptions options;
  options.create = false;
  options.read_only = true;
  return Store::open(path, options).check();
}

class RepairTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make_store(sound_);
    dump_ = dump_of(sound_);
  }
  void copy() {
    fs::remove_all(path_);
    fs::remove_all(path_ + ".damaged");
    fs::copy(sound_, path_, fs::copy_options::recursive);
  }
  static std::vector<fs::path> files(const std::string& path) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path))
      if (entry.path().extension() == ".sst") files.push_back(entry.path());
    return files;
  }
  // What the report says holds: the store is sound and has all quads but those that it names as lost.
  void expect_repaired(const RepairReport& report) {
    EXPECT_THAT(report.findings, ::testing::Not(::testing::IsEmpty()));
    EXPECT_TRUE(fs::is_directory(report.kept)) << report.kept;
    EXPECT_FALSE(fs::exists(path_ + ".partial"));
    if (report.lost.empty()) {
      EXPECT_THAT(check_of(path_), ::testing::IsEmpty());
      EXPECT_EQ(dump_of(path_), dump_);
    }
  }

  TemporaryFolder folder_;
  std::string sound_ = folder_ / "sound";
  std::string path_ = folder_ / "store";
  std::string dump_;
};

TEST_F(RepairTest, MendsDamageOfRecords) {
  const auto all = all_damage();
  std::size_t mended = 0;
  // Every ninth, which falls on all kinds in the end: each costs a store on disk.
  for (std::size_t number = 0; number < all.size(); number += 9) {
    SCOPED_TRACE(all[number].name);
    copy();
    {
      KeyValueOptions options;
      options.create = false;
      const auto kv = KeyValueStore::open(path_, options);
      Tools tools(*kv);
      all[number].make(tools);
    }
    const RepairReport report = Store::repair(path_);
    expect_repaired(report);
    mended += report.lost.empty();
  }
  EXPECT_GT(mended, all.size() / 9 * 2 / 3);
}

TEST_F(RepairTest, MendsFilesThatAreDamagedOrMissing) {
  Store::open(sound_).compact();
  dump_ = dump_of(sound_);
  std::size_t mended = 0;
  bool remove = false;  // one after the other: every relation has a file or two
  for (const fs::path& file : files(sound_)) {
    remove = !remove;
    copy();
    const fs::path damaged = fs::path(path_) / file.filename();
    SCOPED_TRACE(damaged.string() + (remove ? " removed" : " changed"));
    if (remove) {
      fs::remove(damaged);
    } else {
      damage_file(damaged);
    }
    try {
      const RepairReport report = Store::repair(path_);
      expect_repaired(report);
      mended += report.lost.empty();
      // What is lost is named, and nothing is invented: each quad that is left was there.
      std::istringstream left(dump_of(path_));
      for (std::string line; std::getline(left, line);)
        ASSERT_NE(dump_.find(line), std::string::npos) << line;
    } catch (const Error&) {
      // The dictionary's file is gone, without which no quad is known: the store is as it was.
      EXPECT_TRUE(remove);
      EXPECT_FALSE(fs::exists(path_ + ".damaged"));
    }
  }
  EXPECT_GE(mended, 8U);
}

TEST_F(RepairTest, SaysWhatIsLost) {
  copy();
  {
    KeyValueOptions options;
    options.create = false;
    const auto kv = KeyValueStore::open(path_, options);
    Tools tools(*kv);
    tools.erase(Family::terms, tools.key(Family::terms, 3));
  }
  const Outcome outcome = run_program({"check", path_, "--repair"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.out, HasSubstr("lost: 64 entries of the dictionary"));
  EXPECT_THAT(outcome.out, HasSubstr("lost: the quad { the term "));
  EXPECT_THAT(outcome.out, HasSubstr(" quads in all, for their terms are lost"));
  EXPECT_THAT(outcome.err, HasSubstr("is kept as " + path_ + ".damaged"));
  EXPECT_THAT(check_of(path_), ::testing::IsEmpty());
  EXPECT_EQ(run_program({"check", path_, "--repair"}).code, 0);  // nothing to do
  EXPECT_FALSE(fs::exists(path_ + ".damaged-2"));
}

TEST_F(RepairTest, SaysThatCommitsOfADamagedLogAreLost) {
  std::string script;
  for (int i = 1; i <= 6; ++i)
    script +=
        "INSERT DATA { <a:s" + std::to_string(i) + "> <a:p> 'the text of " + std::to_string(i) + "' }\n\n";
  ASSERT_EQ(run_program({path_, "-f", "-"}, script).code, 0);
  bool damaged = false;
  for (const auto& entry : fs::directory_iterator(path_)) {
    if (entry.path().extension() != ".log") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    std::string bytes = text.str();
    const std::size_t at = bytes.find("the text of 4");
    if (at == std::string::npos) continue;
    bytes[at] = 'T';
    std::ofstream(entry.path(), std::ios::binary) << bytes;
    damaged = true;
  }
  ASSERT_TRUE(damaged);
  EXPECT_EQ(run_program({"check", path_}).code, 3);
  const Outcome outcome = run_program({"check", path_, "--repair"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.out, HasSubstr("lost: the commits after number 3, if there were any: "));
  EXPECT_THAT(check_of(path_), ::testing::IsEmpty());
  Store store = Store::open(path_);
  EXPECT_EQ(store.statistics().quads, 3U);
  EXPECT_EQ(store.statistics().sequence, 3U);
}

TEST_F(RepairTest, LeavesAStoreAloneThatIsSoundInUseOrNotToBeRepaired) {
  copy();
  EXPECT_TRUE(Store::repair(path_).findings.empty());
  EXPECT_FALSE(fs::exists(path_ + ".damaged"));
  {
    const Store writer = Store::open(path_);
    EXPECT_THROW(Store::repair(path_), StorageError);
  }
  EXPECT_THROW(Store::repair(folder_ / "nothing"), StorageError);
  Store::open(path_).compact();
  for (const fs::path& file : files(path_)) damage_file(file);
  EXPECT_THROW(Store::repair(path_), Error);
  EXPECT_FALSE(fs::exists(path_ + ".damaged"));
  EXPECT_FALSE(fs::exists(path_ + ".partial"));
}

TEST_F(RepairTest, KilledOrCancelledLeavesTheOldOrTheNewStore) {
  Store::open(sound_).compact();
  dump_ = dump_of(sound_);
  const auto damage = [&] {
    KeyValueOptions options;
    options.create = false;
    const auto kv = KeyValueStore::open(path_, options);
    Tools tools(*kv);
    tools.erase(Family::posg, tools.key(Family::posg, 1));
  };
  copy();
  damage();
  for (const Stage stage : {Stage::checking, Stage::writing}) {
    RepairOptions options;
    options.progress = [&](const Progress& progress) { return progress.stage != stage; };
    EXPECT_THROW(Store::repair(path_, options), LimitError);
    EXPECT_FALSE(fs::exists(path_ + ".partial"));
    EXPECT_THAT(check_of(path_), ::testing::Not(::testing::IsEmpty()));
  }
  std::size_t old_ones = 0;
  for (int attempt = 0; attempt < 12; ++attempt) {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const pid_t child = start_program({"check", path_, "--repair"}, null, null, null);
    ::usleep(static_cast<useconds_t>(20'000 + 60'000 * attempt));
    ::kill(child, SIGKILL);
    exit_code(child);
    ::close(null);
    EXPECT_EQ(dump_of(path_), dump_);  // from SPO, which is whole in both
    if (check_of(path_).empty()) {
      copy();
      damage();
    } else {
      ++old_ones;
    }
  }
  EXPECT_GT(old_ones, 0U);
  Store::repair(path_);
  EXPECT_THAT(check_of(path_), ::testing::IsEmpty());
  EXPECT_FALSE(fs::exists(path_ + ".partial"));
}

}  // namespace
}  // namespace dossier::testing
