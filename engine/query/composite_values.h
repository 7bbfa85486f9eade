// Lists and maps (cdt:List, cdt:Map) as values of a query.
//
// Purpose: a literal read once and kept: its elements become ids when they are asked for, one by one; or a
// composite (query/local_terms.h), whose elements are ids and whose text is read only where nothing else will
// do. The comparisons of the SPARQL-CDTs draft, and the writer of new lists and maps. The text itself is the
// matter of engine/cdt. Invariants: a blank node in a list has the label that the store or the query gave it,
// so the same label is the same node. Comparisons nest at most kMaxCompared deep. Thread-safety: one query's
// thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cdt/composite.h"
#include "engine/query/expression.h"

namespace dossier {

class CompositeValue {
 public:
  CompositeValue(QueryContext& context, std::string_view bytes, cdt::Kind kind);
  CompositeValue(QueryContext& context, Id id, const LocalTerms::Composite& composite);

  bool well_formed() const { return well_formed_; }
  bool is_list() const { return composite_.kind == cdt::Kind::list; }
  std::size_t size() const { return given_ ? given_->size() / (is_list() ? 1 : 2) : composite_.size(); }
  // Of a list: the element, kUnbound for null.
  Id element(QueryContext& context, std::size_t i) { return at(context, i); }
  // Of a map: the entry in the order of the text.
  Id key(QueryContext& context, std::size_t i) { return at(context, 2 * i); }
  Id value(QueryContext& context, std::size_t i) { return at(context, 2 * i + 1); }
  // The entry with this key.
  std::optional<std::size_t> find(QueryContext& context, Id key) const;
  // The entries of a map in the order of keys that the draft defines for comparing maps.
  const std::vector<std::uint32_t>& ordered(QueryContext& context);
  // Appends the term bytes of a key. Precondition: `read`.
  void append_key(std::string& out, std::size_t i) const {
    cdt::append_element_bytes(out, text(), composite_.elements[2 * i]);
  }
  // Makes the text known.
  void read(QueryContext& context);
  // The lexical form. Precondition: `read`, or made of text.
  std::string_view text() const { return std::string_view(bytes_).substr(prefix_); }

 private:
  friend class CompositeWriter;
  void parse(std::string_view bytes, cdt::Kind kind);
  Id at(QueryContext& context, std::size_t i);
  Id intern(QueryContext& context, const cdt::Element& element, std::string& bytes);

  Reservation reservation_;
  std::string bytes_;
  std::size_t prefix_ = 0;                    // of the datatype
  Id id_;                                     // of a composite
  std::optional<std::span<const Id>> given_;  // its elements
  cdt::Composite composite_;
  bool well_formed_ = false;
  std::vector<Id> ids_;  // of the elements asked for
  std::vector<bool> known_;
  std::vector<std::uint32_t> ordered_;
};
using CompositePtr = std::shared_ptr<CompositeValue>;

// The values read last, so that a literal that comes row by row is read once.
class CompositeCache {
 public:
  // Null: the term is no literal of datatype cdt:List or cdt:Map.
  CompositePtr find(QueryContext& context, Id id);

 private:
  static constexpr std::size_t kSlots = 64;  // a power of two
  // Bytes of text read since the slots were last emptied: a bound on what they hold.
  static constexpr std::size_t kMostHeld = std::size_t{4} << 20;
  struct Slot {
    Id id;
    CompositePtr value;
  };
  std::array<Slot, kSlots> slots_;
  std::size_t held_ = 0;
};

bool is_composite(QueryContext& context, Id literal);  // also when it is ill-formed
// The well-formed list or map; null for anything else.
CompositePtr composite_of(QueryContext& context, Id id);
CompositePtr list_of(QueryContext& context, Id id);
CompositePtr map_of(QueryContext& context, Id id);
bool is_map_key(QueryContext& context, Id id);  // an IRI or a literal

// Writes a list or a map in the one form that constructed ones have.
class CompositeWriter {
 public:
  CompositeWriter(QueryContext& context, cdt::Kind kind);
  void add(Id element);        // of a list; kUnbound is null
  void add(Id key, Id value);  // of a map
  // Elements [from, to) of a list, or entries of a map; nothing of them becomes an id.
  void add(CompositeValue& value, std::size_t from, std::size_t to);
  // The literal, or kUnbound when something in it is nested too deep.
  Id finish();

 private:
  void separate();
  void element(const CompositeValue& value, const cdt::Element& element, int levels);
  void account();

  QueryContext& context_;
  Reservation reservation_;
  cdt::Kind kind_;
  std::string text_;
  std::string bytes_;
  std::size_t count_ = 0;
  bool too_deep_ = false;
};

// `=` and `<` between two literals of the datatypes; `depth` counts the terms around them.
inline constexpr int kMaxCompared = 1000;
Truth equal_composites(QueryContext& context, Id a, Id b, int depth);
Truth less_composites(QueryContext& context, Id a, Id b, int depth);
// Their place in the order of ORDER BY, but for the lexical form that decides between equal ones.
int order_composites(QueryContext& context, Id a, Id b, int depth);

// A literal of the text of a query, as term bytes: labels inside a list or a map name blank nodes of the
// query.
Id intern_text_literal(QueryContext& context, std::string_view bytes);

}  // namespace dossier
