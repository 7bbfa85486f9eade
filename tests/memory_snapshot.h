// A snapshot that holds a dictionary in memory and no rows: the ground for tests of terms and expressions.
//
// Purpose: LocalTerms and expressions need find, decode and triples, nothing else of a store. Terms that
// tests add are stored terms with dictionary ids; scans are empty. Thread-safety: none.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/store/snapshot.h"

namespace dossier {

class MemorySnapshot final : public Snapshot {
 public:
  using Snapshot::decode;

  // Puts a simple term or a triple term into the dictionary; inline terms get their inline id.
  Id add(const Term& term) {
    if (term.is_triple()) return add_triple(add(term.subject()), add(term.predicate()), add(term.object()));
    std::string bytes;
    append_term_bytes(bytes, term);
    if (const Id id = find(bytes); id.is_bound()) return id;
    const Tag tag = term.is_iri() ? Tag::iri : term.is_blank() ? Tag::blank : Tag::literal;
    const Id id = Id::make(tag, texts_.size());
    if (term.is_blank()) bytes = "Bb" + std::to_string(texts_.size());
    texts_.push_back(bytes);
    ids_[bytes] = id;
    return id;
  }
  Id add_triple(Id subject, Id predicate, Id object) {
    const std::array<Id, 3> parts{subject, predicate, object};
    const auto [place, added] = triples_.try_emplace(parts, Id::make(Tag::triple, texts_.size()));
    if (added) {
      texts_.emplace_back();
      parts_[place->second] = parts;
    }
    return place->second;
  }

  std::unique_ptr<RowCursor> scan(const ScanRange&, ColumnMask, ScanCounters*) const override {
    class Empty final : public RowCursor {
     public:
      bool next(RowBlock&) override { return false; }
      void seek(const Row&, int) override {}
    };
    return std::make_unique<Empty>();
  }
  std::uint64_t count(const ScanRange&) const override { return 0; }
  std::uint64_t estimate(const ScanRange&) const override { return 0; }
  std::uint64_t quads() const override { return 0; }
  std::uint64_t quads(Id) const override { return 0; }
  std::uint64_t quads(Id, Id) const override { return 0; }
  PredicateStatistics predicate(Id) const override { return {}; }
  std::vector<Id> predicates() const override { return {}; }
  std::vector<Id> named_graphs() const override { return {}; }
  std::uint64_t distinct_subjects() const override { return 0; }
  std::uint64_t distinct_objects() const override { return 0; }
  std::uint64_t terms() const override { return texts_.size(); }
  std::uint64_t triple_terms() const override { return triples_.size(); }
  std::uint64_t sequence() const override { return 0; }

  Id find(std::string_view bytes) const override {
    if (const Id id = inline_id(bytes); id.is_bound()) return id;
    for (const auto& [text, id] : ids_)  // few terms; tags of languages compare without case
      if (equal_term_bytes(text, bytes)) return id;
    return kUnbound;
  }
  Id find_triple(Id subject, Id predicate, Id object) const override {
    const auto found = triples_.find({subject, predicate, object});
    return found == triples_.end() ? kUnbound : found->second;
  }
  std::array<Id, 3> triple(Id id) const override { return parts_.at(id); }
  void decode(std::span<const Id> ids, std::string& bytes, std::vector<std::size_t>& offsets) const override {
    for (const Id id : ids) {
      if (id.is_inline())
        append_inline_bytes(bytes, id);
      else if (id.tag() == Tag::blank)
        bytes.append("B").append(stored_label(id));
      else if (id.in_dictionary() && id.tag() != Tag::triple)
        bytes.append(texts_.at(id.payload()));
      offsets.push_back(bytes.size());
    }
  }

 private:
  std::vector<std::string> texts_;
  std::map<std::string, Id> ids_;
  std::map<std::array<Id, 3>, Id> triples_;
  std::map<Id, std::array<Id, 3>> parts_;
};

}  // namespace dossier
