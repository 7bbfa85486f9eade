// Turtle and TriG, RDF 1.2, by recursive descent over a TextWindow.
//
// Purpose: documents of any length in bounded memory: a statement of a million triples is handed on in parts.
// (With skip_bad a statement is kept together up to sixteen batches; of a longer one that turns out bad the
// parts handed on before stay.) Invariants: nesting is at most kMaxDepth deep. A batch may be handed on
// whenever a row is added; terms still in use then move to the next batch, so they are held by slot (Held),
// never by a bare index. Thread-safety: none; readers are independent.
#pragma once

#include <unordered_map>

#include "engine/io/text_window.h"

namespace dossier::io {

class TurtleReader {
 public:
  static constexpr std::size_t kWindowBytes = std::size_t{64} << 10;

  TurtleReader(ByteSource& source, bool trig, const ReadOptions& options, const BatchSink& sink,
               std::size_t window_bytes = kWindowBytes);
  ReadReport read();
  // The whole document is one term; throws SyntaxFault.
  Term read_term();
  TextWindow::Position position(const SyntaxFault& fault) const { return window_.position(fault.at); }
  bool at_end(const SyntaxFault& fault) const { return window_.is_end(fault.at); }

 private:
  using Index = QuadBatch::Index;
  // A term in use: keeps its place in the list of those that move to the next batch.
  class Held {
   public:
    Held(TurtleReader& reader, Index index) : reader_(reader), slot_(reader.held_.size()) {
      reader.held_.push_back(index);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { reader_.held_.resize(slot_); }
    operator Index() const { return reader_.held_[slot_]; }
    void set(Index index) { reader_.held_[slot_] = index; }

   private:
    TurtleReader& reader_;
    std::size_t slot_;
  };
  class Level;  // one more level of nesting

  // statements
  void statement();
  bool directive();
  void at_directive();
  void prefix_directive(bool dot);
  void base_directive(bool dot);
  void version_directive(bool dot);
  void open_graph(Index label);
  void triples(bool may_name_graph);
  void end_of_triples();
  void predicate_object_list(const Held& subject);
  void object_list(const Held& subject, const Held& predicate);
  void annotations(const Held& subject, const Held& predicate, const Held& object);

  // terms; those that add rows may hand the batch on
  Index verb();
  Index object();
  Index simple_object();  // what a triple term may have as its object
  Index iri_or_blank(std::string_view what);
  Index blank_or_property_list();
  Index property_list();  // after its `[`
  Index collection();
  Index reified_triple();
  Index triple_term();
  Index reifier();  // after its `~`
  bool at_anon();   // `[ ]` stands here; skips it when it does
  bool at_iri_or_name();

  // tokens
  Index iri();
  std::string iri_reference();  // resolved
  Index word();                 // a prefixed name, true or false
  Index prefixed_name();
  Index blank_label();
  Index literal();
  Index number();
  std::string_view peek_word();  // the bare word that stands here; empty for a prefixed name
  std::string prefix_label();
  void dot(std::string_view after);

  Index add();  // the term in scratch_
  Index known(std::string_view iri);
  Index fresh_blank();
  void reify(const Held& reifier, Index subject, Index predicate, Index object);
  void add_row(Index subject, Index predicate, Index object);
  bool full(std::size_t times) const;
  void hand_on();
  Term term(Index index) const;
  void recover(const SyntaxFault& fault);

  TextWindow window_;
  bool trig_;
  const ReadOptions& options_;
  const BatchSink& sink_;
  QuadBatch batch_;
  QuadBatch carried_;  // terms in use, between two batches
  std::vector<Index> held_;
  ReadReport report_;
  std::string base_;
  std::unordered_map<std::string, std::size_t> prefixes_;  // label -> place in report_.prefixes
  std::string scratch_;
  std::string lexical_;
  std::string prefix_;
  std::uint64_t blanks_ = 0;
  int depth_ = 0;
  bool in_graph_ = false;
  Index graph_ = QuadBatch::kDefault;
  std::size_t statement_terms_ = 0;  // of the batch, when the statement began
  std::size_t statement_rows_ = 0;
};

ReadReport read_turtle(ByteSource& source, bool trig, const ReadOptions& options, const BatchSink& sink);

}  // namespace dossier::io
