// How a set of quads is laid out as Turtle or TriG: what is written where, in which order.
//
// Purpose: sorts the quads of a batch and decides, for each subject in each graph, whether it stands as a
// statement of its own, as `[ ... ]` or `( ... )` in the place of the one object that refers to it, or as the
// annotation `{| ... |}` of the triple it reifies. Invariants: every row is written exactly once, and reading
// gives the same dataset again:
//  - A blank node goes without a label only when the batch is all there is (`whole`), one place at most
//  refers to it,
//    and no graph or triple term names it; a triple term that annotations alone say does not count.
//  - A list in parentheses has nodes with nothing but rdf:first and rdf:rest, down to rdf:nil.
//  - Nesting ends in a statement of its own after kMaxNesting levels, and where blank nodes or reifiers go
//  round in
//    a circle.
// The order depends on the terms alone: the default graph first, then graphs, subjects, predicates (rdf:type
// and rdfs:label first) and objects in the order of their texts, numbers within a text by their value.
// Thread-safety: constant after construction; the batch must not change meanwhile.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/io/quad_batch.h"

namespace dossier::io {

class Arrangement {
 public:
  using Index = QuadBatch::Index;
  using Number = std::uint32_t;  // of a row or a subject
  static constexpr Number kNone = 0xFFFFFFFF;
  static constexpr int kMaxNesting = 8;

  enum class Place : std::uint8_t { statement, object, annotation };

  // The rows of one subject in one graph, next to each other.
  struct Subject {
    Index graph = QuadBatch::kDefault;
    Index term = 0;
    Number first = 0;
    Number end = 0;
    Place place = Place::statement;
    Number at = kNone;     // the row it is written in, unless it is a statement
    bool is_list = false;  // and all that follows its rdf:rest
  };

  // A row `reifier rdf:reifies <<( s p o )>>` that is written behind the row s p o.
  struct Annotation {
    Number row;
    Number subject;  // the reifier
    bool has_block;  // its other rows are written there too
  };

  Arrangement(const QuadBatch& batch, bool whole);

  const std::vector<QuadBatch::Row>& rows() const { return rows_; }
  const std::vector<Subject>& subjects() const { return subjects_; }
  // The annotations of a row: those that begin with `{|` first, a bare `~` last.
  std::span<const Annotation> annotations(Number row) const;
  bool is_annotation(Number row) const { return is_annotation_[row]; }
  // `rdf:reifies <<( ... )>>` that is no annotation?
  bool is_claim(Number row) const;
  // A blank node without a label: it is written where the object stands that refers to it.
  bool is_anonymous(Index term) const { return anonymous_[term]; }
  // The rows of an anonymous blank node; kNone when it is no subject.
  Number subject_of(Index blank) const { return uses_[blank].subject; }
  std::size_t own_rows(Number subject) const;  // annotations left aside

  struct Known {
    Index type = QuadBatch::kNone;
    Index label = QuadBatch::kNone;
    Index reifies = QuadBatch::kNone;
    Index first = QuadBatch::kNone;
    Index rest = QuadBatch::kNone;
    Index nil = QuadBatch::kNone;
  };
  const Known& known() const { return known_; }

 private:
  struct Uses {
    Number objects = 0;  // rows that have it as object
    Number object_row = kNone;
    Number subjects = 0;
    Number subject = kNone;
    bool is_named = false;  // by a graph, a triple term, or a label inside a list or map
  };

  void rank_terms();
  void sort_rows();
  void find_annotations();
  void count_uses();
  void name_parts(Index triple);
  void find_anonymous();
  void place_subjects();
  void find_lists();
  void bound_nesting();
  void make_statement(Number subject);
  void order_annotations();
  Number find_row(Index subject, Index predicate, Index object, Index graph) const;
  std::uint32_t rank(Index term) const { return term == QuadBatch::kDefault ? 0 : ranks_[term] + 1; }
  std::array<std::uint32_t, 4> key(const QuadBatch::Row& row) const;

  const QuadBatch& batch_;
  Known known_;
  std::vector<std::uint32_t> ranks_;  // of the terms
  std::vector<QuadBatch::Row> rows_;
  std::vector<Subject> subjects_;
  std::vector<Number> subject_of_row_;
  std::vector<bool> is_annotation_;
  std::vector<bool> is_annotated_;
  std::vector<Number> targets_;  // of each row that is an annotation
  std::vector<Annotation> annotations_;
  std::vector<Number> annotation_ends_;  // of each row in annotations_
  std::vector<Uses> uses_;
  std::vector<bool> anonymous_;
};

// Texts in their order, but 9 before 10: runs of digits compare by their value. Less than, equal, greater:
// <0, 0, >0.
int compare_naturally(std::string_view a, std::string_view b);

}  // namespace dossier::io
