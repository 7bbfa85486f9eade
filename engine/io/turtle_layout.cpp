#include "engine/io/turtle_layout.h"

namespace dossier::io {
namespace {

constexpr std::string_view kIndent = "    ";

}  // namespace

void TurtleLayout::write() {
  Index graph = QuadBatch::kDefault;
  const auto close_graph = [&] {
    if (graph != QuadBatch::kDefault) out_.append("}\n");
  };
  after_long_ = false;
  for (Number number = 0; number < arrangement_.subjects().size(); ++number) {
    const Subject& subject = arrangement_.subjects()[number];
    if (subject.graph != graph) {
      close_graph();
      graph = subject.graph;
      if (!out_.empty()) out_.push_back('\n');
      term(graph);
      out_.append(" {\n");
      after_long_ = false;
    }
    if (subject.place == Arrangement::Place::statement && arrangement_.own_rows(number) > 0)
      statement(number, graph == QuadBatch::kDefault ? 0 : 1);
  }
  close_graph();
}

template <typename Write>
bool TurtleLayout::on_one_line(Write write) {
  if (one_line_) {
    write();
    return true;
  }
  const std::size_t before = out_.size();
  one_line_ = true;
  broken_ = false;
  write();
  const bool fits = !too_long();
  one_line_ = false;
  if (!fits) out_.resize(before);
  return fits;
}

void TurtleLayout::new_line(int indent) {
  out_.push_back('\n');
  line_start_ = out_.size();
  for (int i = 0; i < indent; ++i) out_.append(kIndent);
}

void TurtleLayout::statement(Number number, int indent) {
  const Subject& subject = arrangement_.subjects()[number];
  const Number claimed = claim_of(subject);
  const auto write_subject = [&] {
    if (claimed != Arrangement::kNone)
      claim(claimed, subject.term);
    else if (arrangement_.is_anonymous(subject.term))
      out_.append("[]");
    else
      term(subject.term);
  };
  const bool has_pairs = claimed == Arrangement::kNone || arrangement_.own_rows(number) > 1;
  const std::size_t start = out_.size();
  line_start_ = start;
  for (int i = 0; i < indent; ++i) out_.append(kIndent);
  bool is_long = false;
  if (!on_one_line([&] {
        write_subject();
        if (!has_pairs) return;
        out_.push_back(' ');
        pairs(number, claimed, indent + 1);
      })) {
    is_long = true;
    write_subject();
    if (has_pairs) pairs(number, claimed, indent + 1);
  }
  out_.append(" .\n");
  if (start > 0 && (is_long || after_long_) && !std::string_view(out_).substr(0, start).ends_with("{\n"))
    out_.insert(start, 1, '\n');
  after_long_ = is_long;
}

// The one triple that the subject reifies without its being asserted: the statement begins with it.
Arrangement::Number TurtleLayout::claim_of(const Subject& subject) const {
  Number found = Arrangement::kNone;
  for (Number row = subject.first; row < subject.end; ++row) {
    if (!arrangement_.is_claim(row)) continue;
    if (found != Arrangement::kNone) return Arrangement::kNone;
    if (arrangement_.annotations(row).empty()) found = row;
  }
  return found;
}

void TurtleLayout::pairs(Number number, Number left_out, int indent) {
  const Subject& subject = arrangement_.subjects()[number];
  const auto skipped = [&](Number row) { return row == left_out || arrangement_.is_annotation(row); };
  // Behind the subject of a statement of several lines, the first pair stays on its line when it fits.
  const bool behind_subject = !one_line_ && out_.size() > line_start_ && out_.back() != ' ';
  bool first = true;
  for (Number row = subject.first; row < subject.end;) {
    if (skipped(row)) {
      ++row;
      continue;
    }
    const Index predicate = arrangement_.rows()[row][1];
    Number end = row + 1;
    while (end < subject.end && arrangement_.rows()[end][1] == predicate && !skipped(end)) ++end;
    if (!first) {
      out_.append(" ;");
      if (one_line_)
        out_.push_back(' ');
      else
        new_line(indent);
    }
    const auto pair = [&] {
      verb(predicate);
      objects(row, end, indent);
    };
    if (first && behind_subject && on_one_line([&] {
          out_.push_back(' ');
          pair();
        })) {
      first = false;
      row = end;
      continue;
    }
    if (first && behind_subject) {
      if (broken_)  // by a string of several lines, which begins here as well as on a line of its own
        out_.push_back(' ');
      else
        new_line(indent);
    }
    first = false;
    pair();
    if (too_long()) return;
    row = end;
  }
}

void TurtleLayout::objects(Number first, Number end, int indent) {
  const bool fits = on_one_line([&] {
    for (Number row = first; row < end && !too_long(); ++row) {
      out_.append(row == first ? " " : " , ");
      object(row, indent);
    }
  });
  if (fits) return;
  if (end - first == 1) {
    out_.push_back(' ');
    object(first, indent);
    return;
  }
  for (Number row = first; row < end; ++row) {
    if (row != first) out_.append(" ,");
    new_line(indent + 1);
    if (!on_one_line([&] { object(row, indent + 1); })) object(row, indent + 1);
  }
}

void TurtleLayout::object(Number row, int indent) {
  const Index index = arrangement_.rows()[row][2];
  if (arrangement_.is_anonymous(index))
    anonymous(index, indent);
  else if (index == arrangement_.known().nil)
    out_.append("()");
  else
    term(index);
  annotations(row, indent);
}

void TurtleLayout::annotations(Number row, int indent) {
  const auto all = arrangement_.annotations(row);
  if (all.empty()) return;
  const bool fits = on_one_line([&] {
    for (std::size_t i = 0; i < all.size() && !too_long(); ++i) {
      out_.push_back(' ');
      annotation(all[i], indent);
    }
  });
  if (fits) return;
  if (all.size() == 1) {
    const std::size_t before = out_.size();
    const std::size_t line_start = line_start_;
    new_line(indent + 1);
    if (on_one_line([&] { annotation(all[0], indent + 1); })) return;
    out_.resize(before);
    line_start_ = line_start;
    out_.push_back(' ');
    annotation(all[0], indent);
    return;
  }
  for (const Arrangement::Annotation& one : all) {
    new_line(indent + 1);
    annotation(one, indent + 1);
  }
}

void TurtleLayout::annotation(const Arrangement::Annotation& annotation, int indent) {
  const Index reifier = arrangement_.subjects()[annotation.subject].term;
  const bool named = !arrangement_.is_anonymous(reifier);
  if (named || !annotation.has_block) out_.push_back('~');
  if (named) {
    out_.push_back(' ');
    term(reifier);
    if (annotation.has_block) out_.push_back(' ');
  }
  if (annotation.has_block) bracketed("{|", annotation.subject, "|}", indent);
}

void TurtleLayout::bracketed(std::string_view open, Number subject, std::string_view close, int indent) {
  const bool fits = on_one_line([&] {
    out_.append(open).push_back(' ');
    pairs(subject, Arrangement::kNone, indent + 1);
    out_.append(" ").append(close);
  });
  if (fits) return;
  out_.append(open);
  new_line(indent + 1);
  pairs(subject, Arrangement::kNone, indent + 1);
  new_line(indent);
  out_.append(close);
}

void TurtleLayout::anonymous(Index blank, int indent) {
  const Number number = arrangement_.subject_of(blank);
  if (number == Arrangement::kNone) {
    out_.append("[]");
    return;
  }
  const Subject& subject = arrangement_.subjects()[number];
  if (subject.is_list) {
    list(number, indent);
    return;
  }
  if (subject.end - subject.first == 1 && claim_of(subject) != Arrangement::kNone) {
    claim(subject.first, blank);
    return;
  }
  bracketed("[", number, "]", indent);
}

void TurtleLayout::list(Number subject, int indent) {
  const auto next = [&](Number node) {
    const Index rest = arrangement_.rows()[arrangement_.subjects()[node].first + 1][2];
    return rest == arrangement_.known().nil ? Arrangement::kNone : arrangement_.subject_of(rest);
  };
  const bool fits = on_one_line([&] {
    out_.append("( ");
    for (Number node = subject; node != Arrangement::kNone && !too_long(); node = next(node)) {
      object(arrangement_.subjects()[node].first, indent + 1);
      out_.push_back(' ');
    }
    out_.push_back(')');
  });
  if (fits) return;
  // As many on a line as it takes.
  out_.push_back('(');
  new_line(indent + 1);
  bool line_is_empty = true;
  for (Number node = subject; node != Arrangement::kNone; node = next(node)) {
    const Number row = arrangement_.subjects()[node].first;
    if (!line_is_empty && !on_one_line([&] {
          out_.push_back(' ');
          object(row, indent + 1);
        })) {
      new_line(indent + 1);
      line_is_empty = true;
    } else if (!line_is_empty) {
      continue;
    }
    line_is_empty = false;
    if (!on_one_line([&] { object(row, indent + 1); })) object(row, indent + 1);
  }
  new_line(indent);
  out_.push_back(')');
}

void TurtleLayout::claim(Number row, Index reifier) {
  const auto& [s, p, o] = batch_.entries()[arrangement_.rows()[row][2]].triple;
  out_.append("<< ");
  term(s);
  out_.push_back(' ');
  verb(p);
  out_.push_back(' ');
  term(o);
  if (!arrangement_.is_anonymous(reifier)) {
    out_.append(" ~ ");
    term(reifier);
  }
  out_.append(" >>");
}

void TurtleLayout::verb(Index predicate) {
  if (predicate == arrangement_.known().type)
    out_.push_back('a');
  else
    term(predicate);
}

void TurtleLayout::term(Index index) {
  const QuadBatch::Entry& entry = batch_.entries()[index];
  if (entry.is_triple) {
    out_.append("<<( ");
    term(entry.triple[0]);
    out_.push_back(' ');
    verb(entry.triple[1]);
    out_.push_back(' ');
    term(entry.triple[2]);
    out_.append(" )>>");
    return;
  }
  const std::string_view bytes = batch_.bytes(index);
  if (bytes[0] == kBlankByte) {
    out_.append("_:").append(bytes.substr(1));
    return;
  }
  const std::size_t before = out_.size();
  names_.append(out_, bytes);
  // A string of several lines.
  if (bytes[0] == kIriByte) return;
  const std::size_t line_break = out_.rfind('\n');
  if (line_break == std::string::npos || line_break < before) return;
  broken_ = true;
  if (!one_line_) line_start_ = line_break + 1;
}

}  // namespace dossier::io
