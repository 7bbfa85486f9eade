// Savepoints of a transaction against a model that copies its set of quads.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <tuple>

#include "engine/store/database.h"

namespace dossier {
namespace {

// Everything by its text, so that ids that are given out again cannot look right by chance.
using Texts = std::tuple<std::string, std::string, std::string, std::string>;

std::set<Texts> quads_of(const Snapshot& snapshot, Permutation permutation) {
  std::set<Texts> quads;
  ScanRange range;
  range.permutation = permutation;
  const auto cursor = snapshot.scan(range, kAllColumns);
  RowBlock block;
  while (cursor->next(block))
    for (std::size_t row = 0; row < block.rows; ++row) {
      std::array<std::string, 4> texts;  // s, p, o, g
      constexpr std::array<std::size_t, 4> kPosg = {1, 2, 0, 3};
      for (std::size_t c = 0; c < 4; ++c) {
        const Id id = block.columns[c][row];
        texts[permutation == Permutation::posg ? kPosg[c] : c] =
            id == kDefaultGraph ? std::string() : snapshot.term(id).to_string();
      }
      quads.emplace(texts[0], texts[1], texts[2], texts[3]);
    }
  return quads;
}

Id iri(WriteTransaction& transaction, const std::string& name) {
  return transaction.intern(kIriByte + ("http://e/" + name));
}

struct Model {
  std::set<Texts> quads;
  WriteTransaction::Savepoint savepoint;
};

RC_GTEST_PROP(Savepoint, UndoLeavesWhatWasThereBefore, ()) {
  const auto database = Database::open(":memory:", {});
  {
    const auto first = database->begin();
    for (const char* name : {"0", "1", "2"})
      first->insert({iri(*first, name), iri(*first, "p"), iri(*first, name), kDefaultGraph});
    first->commit();
  }
  std::set<Texts> quads = quads_of(*database->snapshot(), Permutation::spog);
  const auto transaction = database->begin();
  std::vector<Model> open;
  std::vector<std::pair<std::shared_ptr<const Snapshot>, std::set<Texts>>> shown;
  const int steps = *rc::gen::inRange(1, 80);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        open.push_back({quads, transaction->savepoint()});
        break;
      case 1:
        if (open.empty()) break;
        transaction->undo(open.back().savepoint);
        quads = open.back().quads;
        open.pop_back();
        break;
      case 2:
        if (open.empty()) break;
        transaction->keep(open.back().savepoint);
        open.pop_back();
        break;
      case 3:
        shown.emplace_back(transaction->snapshot(), quads);
        RC_ASSERT(quads_of(*shown.back().first, Permutation::posg) == quads);
        break;
      default: {
        // Few subjects, so that rows are met again; a new object each time or a triple term, so that ids are
        // given out again.
        const std::string subject = std::to_string(*rc::gen::inRange(0, 5));
        const Id s = iri(*transaction, subject);
        const Id p = iri(*transaction, "p");
        Id o = s;
        std::string object = "<http://e/" + subject + ">";
        if (const int kind = *rc::gen::inRange(0, 3); kind == 1) {
          const std::string name = "step" + std::to_string(step);
          o = iri(*transaction, name);
          object = "<http://e/" + name + ">";
        } else if (kind == 2) {
          const Id inner = iri(*transaction, "inner" + subject);
          o = transaction->intern_triple(s, p, inner);
          object = "<<( <http://e/" + subject + "> <http://e/p> <http://e/inner" + subject + "> )>>";
        }
        const Texts texts{"<http://e/" + subject + ">", "<http://e/p>", object, ""};
        if (*rc::gen::arbitrary<bool>()) {
          RC_ASSERT(transaction->insert({s, p, o, kDefaultGraph}) == quads.insert(texts).second);
        } else {
          RC_ASSERT(transaction->erase({s, p, o, kDefaultGraph}) == (quads.erase(texts) == 1));
        }
      }
    }
  }
  RC_ASSERT(quads_of(*transaction->snapshot(), Permutation::spog) == quads);
  RC_ASSERT(transaction->snapshot()->quads() == quads.size());
  transaction->commit();
  RC_ASSERT(quads_of(*database->snapshot(), Permutation::spog) == quads);
  RC_ASSERT(database->check().empty());
  // Snapshots from before an undo go on showing what they showed.
  for (const auto& [snapshot, then] : shown) RC_ASSERT(quads_of(*snapshot, Permutation::spog) == then);
}

TEST(Savepoint, PrefixesAndBlankNodes) {
  const auto database = Database::open(":memory:", {});
  const auto transaction = database->begin();
  transaction->declare_prefix("a", "http://a/");
  const auto savepoint = transaction->savepoint();
  transaction->declare_prefix("b", "http://b/");
  const Id gone = transaction->fresh_blank();
  transaction->undo(savepoint);
  EXPECT_EQ(transaction->fresh_blank(), gone) << "ids are given out again";
  transaction->commit();
  EXPECT_EQ(database->prefixes(), (std::vector<std::pair<std::string, std::string>>{{"a", "http://a/"}}));
}

TEST(Savepoint, MemoryIsThatOfWhatIsLeft) {
  const auto database = Database::open(":memory:", {});
  const auto transaction = database->begin();
  const std::size_t before = transaction->memory();
  const auto savepoint = transaction->savepoint();
  for (int i = 0; i < 100; ++i) {
    const Id node = iri(*transaction, "node" + std::to_string(i));
    transaction->insert({node, node, transaction->intern_triple(node, node, node), kDefaultGraph});
  }
  EXPECT_GT(transaction->memory(), before + 100 * 500);
  transaction->undo(savepoint);
  EXPECT_FALSE(transaction->changed());
}

}  // namespace
}  // namespace dossier
