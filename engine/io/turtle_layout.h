// Statements of Turtle and TriG as text that reads well.
//
// Purpose: writes what an Arrangement decided, with line breaks: whatever fits stands on one line of kWidth
// bytes, what does not is broken at its outermost level, each level indented by four blanks. Invariants: a
// statement that takes several lines has an empty line around it. A trial of one line ends as soon as it is
// too long, so the work is linear but for a factor of Arrangement::kMaxNesting. Thread-safety: none.
#pragma once

#include <string>

#include "engine/io/turtle_arrangement.h"
#include "engine/io/turtle_names.h"

namespace dossier::io {

class TurtleLayout {
 public:
  static constexpr std::size_t kWidth = 110;

  TurtleLayout(const QuadBatch& batch, const Arrangement& arrangement, TurtleNames& names, std::string& out)
      : batch_(batch), arrangement_(arrangement), names_(names), out_(out) {}
  void write();

 private:
  using Index = Arrangement::Index;
  using Number = Arrangement::Number;
  using Subject = Arrangement::Subject;

  void statement(Number subject, int indent);
  void pairs(Number subject, Number left_out, int indent);
  void objects(Number first, Number end, int indent);
  void object(Number row, int indent);
  void annotations(Number row, int indent);
  void annotation(const Arrangement::Annotation& annotation, int indent);
  void bracketed(std::string_view open, Number subject, std::string_view close, int indent);
  void anonymous(Index blank, int indent);
  void list(Number subject, int indent);
  void claim(Number row, Index reifier);
  void term(Index index);
  void verb(Index predicate);
  Number claim_of(const Subject& subject) const;

  // Writes on one line when that fits, else takes it back and gives false.
  template <typename Write>
  bool on_one_line(Write write);
  void new_line(int indent);
  bool too_long() const { return one_line_ && (broken_ || out_.size() - line_start_ > kWidth); }

  const QuadBatch& batch_;
  const Arrangement& arrangement_;
  TurtleNames& names_;
  std::string& out_;
  std::size_t line_start_ = 0;
  bool one_line_ = false;    // within a trial
  bool broken_ = false;      // the trial met a line break
  bool after_long_ = false;  // the statement before took several lines
};

}  // namespace dossier::io
