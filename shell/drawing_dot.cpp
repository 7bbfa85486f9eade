#include "shell/drawing_dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "engine/io/display_width.h"
#include "engine/io/lexer.h"
#include "shell/drawing_rows.h"

namespace dossier::shell {
namespace {

constexpr std::string_view kFont = "Helvetica,Arial,Noto Sans,Noto Sans CJK SC,sans-serif";
constexpr std::size_t kFew = 60;          // nodes: with boxes around kinds
constexpr double kDense = 1.8;            // links a node: too many for ranks
constexpr std::size_t kWidestRank = 45;   // things above each other: more are too many for ranks
constexpr std::size_t kMostCurves = 300;  // links that go around things; more would take long
constexpr std::size_t kNoCrossings = 12;  // links
constexpr std::size_t kNameWidth = 24;
constexpr std::size_t kNameLines = 4;
constexpr std::size_t kMostValues = 4;  // of literals, in a node
constexpr std::size_t kValueWidth = 36;

// Fill, border, text: tints of colours that people who see few colours tell apart, too.
struct Colour {
  std::string_view fill;
  std::string_view line;
};
constexpr std::array<Colour, 8> kColours = {{{"#DCE9F7", "#2F6DB5"},
                                             {"#FCE5CF", "#C7691A"},
                                             {"#D8F0E3", "#1F8A5B"},
                                             {"#F3DCEC", "#A8438A"},
                                             {"#FFF4C9", "#A98600"},
                                             {"#DDF1F5", "#238CA3"},
                                             {"#E9E1F6", "#6B4BB0"},
                                             {"#F6DEDB", "#B5443A"}}};
constexpr Colour kPlain = {"#F1F3F5", "#7A828C"};

struct Style {
  bool ranks = true;  // dot; else springs
  bool boxes = true;  // around kinds
  double name_size = 12;
  double link_size = 10;
  double note_size = 9;
  std::size_t link_width = 26;  // columns of a line
  std::size_t note_width = 34;
  std::size_t note_lines = 2;       // of a note
  std::size_t most_statements = 4;  // of a link
  std::size_t most_notes = 3;       // of a statement
};

Style style_for(const Drawing& drawing) {
  Style style;
  if (drawing.nodes.size() <= kFew) return style;
  style.boxes = false;
  style.ranks =
      static_cast<double>(drawing.links.size()) < kDense * static_cast<double>(drawing.nodes.size()) &&
      widest_rank(drawing) <= kWidestRank;
  style.link_size = 9;
  style.note_size = 8;
  style.most_statements = 2;
  style.most_notes = 1;
  if (style.ranks) return style;
  style.link_width = 20;
  style.note_width = 20;
  style.note_lines = 1;
  style.most_statements = 1;
  return style;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) out += c;
    }
  }
  return out;
}

// Lines of at most `width` columns, broken at spaces where there are some; what does not fit into `most`
// lines ends in an ellipsis.
std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t most) {
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  std::string word;
  bool cut = false;
  const auto end_word = [&] {
    if (word.empty()) return;
    const std::size_t size = display_width(word);
    if (used != 0 && used + 1 + size > width) {
      lines.emplace_back();
      used = 0;
    }
    if (used != 0) {
      lines.back() += ' ';
      ++used;
    }
    lines.back() += word;
    used += size;
    word.clear();
  };
  for (const char* at = text.data(); at < text.data() + text.size();) {
    const io::CodePoint c = io::decode_utf8(at, text.data() + text.size());
    const std::string_view piece(at, std::max(c.length, 1U));
    at += piece.size();
    if (piece == " " || piece == "\n" || piece == "\t" || piece == "\r") {
      end_word();
      continue;
    }
    // Scripts without spaces, and words longer than a line, break where the line is full.
    if (display_width(word) + display_width(piece) > width) end_word();
    word += piece;
  }
  end_word();
  if (lines.size() > most) {
    lines.resize(most);
    cut = true;
  }
  if (cut) lines.back() += "…";
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "<BR/>") + escaped(line);
  return out;
}

std::string sized(const std::string& html, double size, std::string_view colour) {
  return fmt::format("<FONT POINT-SIZE=\"{}\" COLOR=\"{}\">{}</FONT>", size, colour, html);
}

class Writer {
 public:
  explicit Writer(const Drawing& drawing) : drawing_(drawing), style_(style_for(drawing)) {}

  DotDrawing write() {
    find_kinds();
    out_ = "digraph dossier {\n";
    write_defaults();
    write_nodes();
    for (const DrawnLink& link : drawing_.links) write_link(link);
    write_legend();
    out_ += "}\n";
    return {std::move(out_), style_.ranks ? "dot" : "sfdp"};
  }

 private:
  void write_defaults() {
    out_ += fmt::format(
        "  graph [fontname=\"{}\", fontsize=11, fontcolor=\"#5B6470\", bgcolor=\"white\", pad=0.3, "
        "outputorder=edgesfirst, {}];\n",
        kFont,
        style_.ranks
            ? "rankdir=LR, nodesep=0.3, ranksep=0.5, splines=true"
            : fmt::format(
                  "overlap=prism, overlap_scaling=-7, splines={}, sep=\"+14\", K=1.6, repulsiveforce=1.2",
                  drawing_.links.size() <= kMostCurves ? "true" : "line"));
    out_ += fmt::format(
        "  node [shape=box, style=\"rounded,filled\", fontname=\"{}\", fontsize={}, fontcolor=\"#1B1F24\", "
        "margin=\"0.13,0.07\", height=0.3, "
        "penwidth=1.1];\n",
        kFont, style_.name_size);
    out_ += fmt::format(
        "  edge [fontname=\"{}\", fontsize={}, fontcolor=\"#333A42\", color=\"#8C96A1\", arrowsize=0.65, "
        "penwidth=1.1];\n",
        kFont, style_.link_size);
  }

  void find_kinds() {
    std::map<std::string, std::size_t> counts;
    for (const DrawnNode& node : drawing_.nodes)
      if (!node.kind.empty()) ++counts[node.kind];
    kinds_.assign(counts.begin(), counts.end());
    std::stable_sort(kinds_.begin(), kinds_.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
  }

  Colour colour_of(const std::string& kind) const {
    for (std::size_t i = 0; i < kinds_.size() && i < kColours.size(); ++i)
      if (kinds_[i].first == kind) return kColours[i];
    return kPlain;
  }

  void write_nodes() {
    // A box around each kind, where there are several and a box holds more than one.
    const bool boxes = style_.boxes && kinds_.size() > 1 && drawing_.nodes.size() > 8;
    std::vector<bool> written(drawing_.nodes.size());
    if (boxes) {
      std::size_t number = 0;
      for (const auto& [kind, count] : kinds_) {
        if (count < 2) continue;
        const Colour colour = colour_of(kind);
        out_ += fmt::format(
            "  subgraph cluster_{} {{\n    label=<<B>{}</B>>; labeljust=l; style=\"rounded\"; "
            "color=\"{}55\"; fontcolor=\"{}\"; margin=14;\n",
            number++, joined(wrapped(kind, 40, 1)), colour.line, colour.line);
        for (std::size_t i = 0; i < drawing_.nodes.size(); ++i) {
          if (drawing_.nodes[i].kind != kind) continue;
          out_ += "  ";
          write_node(i);
          written[i] = true;
        }
        out_ += "  }\n";
      }
    }
    for (std::size_t i = 0; i < drawing_.nodes.size(); ++i)
      if (!written[i]) write_node(i);
    if (!style_.ranks) return;
    for (const auto& [from, to] : links_of_rows(drawing_, boxes))
      out_ += fmt::format("  n{} -> n{} [style=invis];\n", from, to);
  }

  void write_node(std::size_t number) {
    const DrawnNode& node = drawing_.nodes[number];
    const Colour colour = colour_of(node.kind);
    std::string name = joined(wrapped(node.name, kNameWidth, kNameLines));
    if (name.empty()) name = escaped(node.kind.empty() ? "…" : node.kind);
    std::string label = name;
    std::size_t shown = 0;
    for (const auto& [property, value] : node.values) {
      if (++shown > kMostValues) {
        label += "<BR/>" + sized(fmt::format("+{} more", node.values.size() - kMostValues), style_.note_size,
                                 "#6B7480");
        break;
      }
      label += "<BR/>" +
               sized(joined(wrapped(property + ": " + value, kValueWidth, 2)), style_.note_size, "#4A525C");
    }
    out_ += fmt::format("  n{} [label=<{}>, fillcolor=\"{}\", color=\"{}\", tooltip=\"{}\"];\n", number,
                        label, colour.fill, colour.line, escaped(node.term.value()));
  }

  void write_link(const DrawnLink& link) {
    std::string label;
    bool asserted = false;
    std::size_t shown = 0;
    for (const DrawnStatement& statement : link.statements) {
      asserted = asserted || statement.asserted;
      if (++shown > style_.most_statements) continue;
      if (!label.empty()) label += "<BR/>";
      label += joined(wrapped(statement.name, style_.link_width, 2));
      const std::string notes = joined(packed(statement.notes, link.statements.size() > 1));
      if (!notes.empty()) label += "<BR/>" + sized(notes, style_.note_size, "#6B7480");
    }
    if (shown > style_.most_statements)
      label += "<BR/>" +
               sized(fmt::format("+{} more", shown - style_.most_statements), style_.note_size, "#6B7480");
    // White behind it, where other links may cross it.
    if (!label.empty())
      label =
          fmt::format("<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"1\"{}><TR><TD>{}</TD></TR></TABLE>",
                      drawing_.links.size() > kNoCrossings ? " BGCOLOR=\"#FFFFFFC8\"" : "", label);
    out_ += fmt::format("  n{} -> n{} [label=<{}>{}{}];\n", link.first(), link.second(),
                        label.empty() ? " " : label, link.against ? ", dir=back" : "",
                        asserted ? "" : ", style=dashed");
  }

  // Lines of notes, several on a line where they fit; the number of those that are left out.
  std::vector<std::string> packed(const std::vector<std::string>& notes, bool one_of_several) const {
    const std::size_t most = one_of_several ? std::min<std::size_t>(2, style_.most_notes) : style_.most_notes;
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(most, notes.size()); ++i) {
      if (!lines.empty() && display_width(lines.back()) + 2 + display_width(notes[i]) <= style_.note_width) {
        lines.back() += "; " + notes[i];
        continue;
      }
      for (std::string& line : wrapped(notes[i], style_.note_width, style_.note_lines))
        lines.push_back(std::move(line));
    }
    if (notes.size() > most) lines.back() += fmt::format(" +{}", notes.size() - most);
    return lines;
  }

  void write_legend() {
    if (kinds_.size() < 2) return;
    std::string cells;
    for (std::size_t i = 0; i < kinds_.size() && i < kColours.size(); ++i)
      cells += fmt::format(
          "<TD BGCOLOR=\"{}\" COLOR=\"{}\" BORDER=\"1\" WIDTH=\"14\" HEIGHT=\"12\" "
          "FIXEDSIZE=\"TRUE\"></TD><TD ALIGN=\"LEFT\">{}  </TD>",
          kColours[i].fill, kColours[i].line, joined(wrapped(kinds_[i].first, 30, 1)));
    out_ += fmt::format(
        "  labelloc=b; labeljust=l; label=<<TABLE BORDER=\"0\" CELLSPACING=\"4\"><TR>{}</TR></TABLE>>;\n",
        cells);
  }

  const Drawing& drawing_;
  Style style_;
  std::vector<std::pair<std::string, std::size_t>> kinds_;  // the most frequent first
  std::string out_;
};

}  // namespace

DotDrawing dot_of(const Drawing& drawing) {
  return Writer(drawing).write();
}

}  // namespace dossier::shell
