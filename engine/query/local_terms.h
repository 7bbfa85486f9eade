// Terms that a query computes.
//
// Purpose: gives every term of a query an id, so that equal ids are equal terms: inline when it can be, the
// stored id when the store has it, else an id with the local tag in this table. Reading never writes to the
// store. Invariants: intern of equal terms gives the same id; decode covers stored, inline and local ids
// alike.
// A composite, the list or map of a path, is the exception: it is known by its elements and has no text until
// somebody reads it, so whether the store has the same literal is not known either. Composites of the same
// elements have the same id, but another id may be the same term. So an id of a composite may be compared, as
// an id, with composites alone: that of a variable which nothing else gives a value (query/path_values.h).
// Before it goes anywhere else (into another variable, a triple term, a template, sameTerm) `settle` gives
// the one id that the text has. Both are the same id when nothing else has the text. Thread-safety: none; one
// query's thread (operators that run in parallel intern before or after).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cdt/composite.h"
#include "engine/model/id.h"
#include "engine/model/term.h"
#include "engine/query/piece_terms.h"
#include "engine/store/snapshot.h"

namespace dossier {

class MemoryBudget;

class LocalTerms {
 public:
  // `threads` may share the decoding of many terms.
  LocalTerms(const Snapshot& snapshot, MemoryBudget& budget, unsigned threads = 1);
  ~LocalTerms();

  // A simple term, as term bytes. A blank node: the label of one that the store or this query has names that
  // one, any other label a new one, always the same.
  Id intern(std::string_view bytes);
  Id intern_triple(Id subject, Id predicate, Id object);
  Id intern(const Term& term);                     // any term
  Id fresh_blank();                                // BNODE(): a new blank node each time
  Id labelled_blank(Id label, std::uint64_t row);  // BNODE(label): one blank node a label and solution

  // Elements of a map: key, value, key, value, the keys in order. They are settled, but that a list may hold
  // maps made so, and then no others. kUnbound: null. Precondition: each of them `fits`.
  Id intern_composite(cdt::Kind kind, std::span<const Id> elements);
  struct Composite {
    cdt::Kind kind;
    std::span<const Id> elements;  // for as long as the table lasts
  };
  std::optional<Composite> composite(Id id) const;  // nothing: it is another term
  Id settle(Id id) { return id.is_local() ? settle_local(id) : id; }
  std::uint64_t composite_texts() const;  // made so far, for tests
  // May the term stand in a list or map, with so many levels around it? Only triple terms can be nested too
  // deep.
  bool fits(Id id, int levels = 1) const;
  // Appends the term as an element of a list or map; false: it does not fit.
  bool append_element(std::string& text, Id id, int levels);

  // A label inside a list or map in the text of the query: one blank node a label, never one of the store.
  Id text_blank(std::string_view label);

  // Terms made so far that the store does not have.
  std::size_t made() const;
  // Drops what is at hand of stored terms.
  void forget_stored();

  TermKind kind(Id id) const;
  std::array<Id, 3> triple(Id id) const;  // stored or local
  // As Snapshot::decode, for all ids but triple terms and kUnbound (which give no bytes).
  void decode(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets);
  // Decodes the stored terms of many rows together and keeps them at hand, until the next call, for `decode`. Says of how many
  // rows, 0 when it does not pay; see PieceTerms.
  std::size_t keep_terms_of(std::span<const Id* const> columns, std::size_t rows);
  void forget_terms() { piece_.clear(); }
  // Decodes the stored ids among these together, so that `bytes` finds them at hand: for a batch whose terms
  // are then read one by one.
  void prefetch(std::span<const Id> ids);
  // The bytes of one id; valid until the next call. Keeps a cache of recently used terms.
  std::string_view bytes(Id id);
  Term term(Id id);

 private:
  struct Table;
  Id blank(std::string_view label);
  Id settle_local(Id id);
  void decode_stored(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets) const;
  void make_texts(std::span<const Id> ids);
  void gather_leaves(Id id, std::vector<Id>& leaves) const;
  const Snapshot& snapshot_;
  unsigned threads_;
  PieceTerms piece_;
  std::unique_ptr<Table> table_;
};

}  // namespace dossier
