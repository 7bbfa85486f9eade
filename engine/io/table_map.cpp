#include "engine/io/table_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>

#include "engine/io/turtle_reader.h"
#include "engine/model/date_time.h"
#include "engine/model/term.h"
#include "grammar/known_prefixes.h"
#include "grammar/nearest_word.h"

namespace dossier::io {
namespace {

constexpr char kMadeLabel = '#';  // begins the labels that the reader of Turtle makes

void add_all(std::vector<std::uint32_t>& to, const std::vector<std::uint32_t>& from) {
  for (const std::uint32_t value : from)
    if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(value);
}

class Compiler {
 public:
  Compiler(const Template& written, const MapContext& context)
      : written_(written), context_(context), batch_(0) {}

  TableMap compile() {
    map_.terms_in_cells = context_.terms_in_cells;
    map_.known_prefixes = context_.prefixes;
    for (const WrittenPlace& place : written_.places) add_value(place);
    read();
    for (QuadBatch::Index i = 0; i < batch_.entries().size(); ++i) add_term(i);
    for (const QuadBatch::Row& row : batch_.rows()) add_triple(row);
    find_parents();
    share_splits();
    sort_triples();
    return std::move(map_);
  }

 private:
  [[noreturn]] void fail(const WrittenPlace& place, std::string message) const {
    throw TemplateFault{place.position, std::move(message)};
  }

  // ---- places

  std::size_t column_of(const WrittenPlace& place) const {
    const auto& columns = context_.columns;
    if (context_.numbered) {
      std::size_t number = 0;
      const auto [rest, error] =
          std::from_chars(place.column.data(), place.column.data() + place.column.size(), number);
      if (error == std::errc() && rest == place.column.data() + place.column.size() && number >= 1 &&
          number <= columns.size())
        return number - 1;
      fail(place, fmt::format("there is no column {}; the columns have the numbers 1 to {}", place.column,
                              columns.size()));
    }
    const auto find = [&](const auto& same) {
      std::size_t found = columns.size();
      for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!same(columns[i])) continue;
        if (found != columns.size())
          fail(place, fmt::format("the table has more than one column '{}'", place.column));
        found = i;
      }
      return found;
    };
    std::size_t found = find([&](const std::string& column) { return column == place.column; });
    if (found == columns.size())  // the head of a result as TSV
      found = find([&](const std::string& column) { return column == '?' + place.column; });
    if (found != columns.size()) return found;
    std::vector<std::string_view> names(columns.begin(), columns.end());
    std::string message = fmt::format("there is no column '{}'", place.column);
    if (const std::string_view near = grammar::nearest_word(place.column, names); !near.empty()) {
      message += fmt::format(", did you mean '{}'?", near);
    } else {
      message += "; the columns are ";
      for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 20); ++i)
        message += fmt::format("{}'{}'", i == 0 ? "" : ", ", shortened(names[i]));
      if (names.size() > 20) message += ", ...";
      if (names.size() == 1 && names[0].find_first_of(";\t|,") != std::string_view::npos)
        message += "; is it another character that separates the columns? Say which with --separator";
    }
    fail(place, message);
  }

  void add_value(const WrittenPlace& place) {
    TableCell cell;
    cell.column = column_of(place);
    cell.name = context_.columns[cell.column];
    TableValue value;
    value.reserved = place.reserved;
    value.whole_term = place.whole_term;
    if (context_.terms_in_cells && place.whole_term && place.formats.empty())
      value.format.kind = TablePlaceFormat::Kind::term;
    try {
      for (const std::string& format : place.formats) add_format(place, format, cell, value.format);
    } catch (const FormatFault& fault) {
      fail(place, fault.message);
    }
    const auto same = std::find(map_.cells.begin(), map_.cells.end(), cell);
    value.cell = static_cast<std::size_t>(same - map_.cells.begin());
    if (same == map_.cells.end()) map_.cells.push_back(std::move(cell));
    map_.values.push_back(std::move(value));
  }

  void add_format(const WrittenPlace& place, const std::string& format, TableCell& cell,
                  TablePlaceFormat& out) const {
    using Kind = TablePlaceFormat::Kind;
    const auto space = std::min(format.find(' '), format.size());
    const std::string_view word = std::string_view(format).substr(0, space);
    const std::string argument(trim(std::string_view(format).substr(space)));
    const auto become = [&](Kind kind) {
      if (out.kind != Kind::text && !(kind == Kind::dates && out.kind == Kind::dates))
        fail(place,
             "a place has one format; only patterns of dates may be several, which are tried one after the "
             "other");
      out.kind = kind;
    };
    if (word == "split") {
      cell.separator = argument.empty() ? ";" : argument;
    } else if (word == "null") {
      cell.nulls.push_back(argument);
    } else if (format == "slug") {
      become(Kind::slug);
    } else if (format == "term") {
      become(Kind::term);
      if (!place.whole_term)
        fail(place,
             "a cell that holds a whole term stands by itself: {column|term}, not within <>, quotes or a "
             "name");
    } else if (format == "date") {
      become(Kind::dates);
      out.iso = true;
    } else if (word == "boolean") {
      become(Kind::boolean);
      const auto slash = argument.find('/');
      if (slash == std::string::npos || slash == 0 || slash + 1 == argument.size())
        fail(place, "boolean takes the words for true and false: {column|boolean yes/no}");
      out.yes = trim(argument.substr(0, slash));
      out.no = trim(argument.substr(slash + 1));
    } else if (NumberPattern::looks_like_one(format)) {
      become(Kind::number);
      out.number.emplace(format);
    } else if (DatePattern::looks_like_one(format)) {
      become(Kind::dates);
      out.dates.emplace_back(format);
    } else {
      constexpr std::array<std::string_view, 6> kWords = {"slug", "term", "date", "split", "null", "boolean"};
      const std::string_view near = grammar::nearest_word(word, kWords);
      fail(place, fmt::format("'{}' is no format{}; there are slug, term, date, split ;, null N/A, boolean "
                              "yes/no, patterns of "
                              "dates such as dd.MM.yyyy, and of numbers such as 1.234,5",
                              format, near.empty() ? "" : fmt::format(", did you mean {}?", near)));
    }
  }

  // ---- the marked text

  void read() {
    // Prefixes that need no declaration stand on a line before the template, where it uses them.
    std::string text;
    for (const std::string& label : written_.prefixes) {
      std::string iri(grammar::known_prefix(label));
      for (const auto& [known, space] : context_.prefixes)
        if (known == label) iri = space;
      if (!iri.empty()) text += fmt::format("PREFIX {}: <{}> ", label, iri);
    }
    text += '\n';
    text += written_.text;
    ReadOptions options;
    options.base = context_.base;
    options.skip_bad = true;  // the first fault is told with its place in the template
    options.batch_rows = kMostTriples;
    options.batch_bytes = std::size_t{1} << 30;
    const auto source = memory_source(text);
    const ReadReport report =
        read_turtle(*source, true, options, [&](QuadBatch& batch) { std::swap(batch, batch_); });
    if (report.bad != 0) {
      const BadStatement& bad = report.first_bad.front();
      throw TemplateFault{written_.written({bad.line - 1, bad.column}), bad.message};
    }
    if (batch_.rows().size() >= kMostTriples)
      throw TemplateFault{{}, fmt::format("a map has less than {} triples", kMostTriples)};
    map_.prefixes = report.prefixes;
  }

  // ---- terms

  std::vector<TermPattern::Piece> pieces_of(std::string_view text) const {
    std::vector<TermPattern::Piece> pieces;
    for (const char* at = text.data(); at < text.data() + text.size();) {
      const CodePoint c = decode_utf8(at, text.data() + text.size());
      if (c.value >= kFirstMark && c.value < kFirstMark + kMostMarks) {
        pieces.push_back({"", static_cast<std::int32_t>(c.value - kFirstMark)});
      } else {
        if (pieces.empty() || pieces.back().value >= 0) pieces.push_back({"", -1});
        pieces.back().text.append(at, c.length);
      }
      at += c.length;
    }
    return pieces;
  }

  std::vector<TermPattern::Piece> iri_pieces(std::string_view text) const {
    if (text.starts_with(kWholeIri)) text.remove_prefix(kWholeIri.size());
    return pieces_of(text);
  }

  static bool has_place(const std::vector<TermPattern::Piece>& pieces) {
    return std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.value >= 0; });
  }

  void need(TermPattern& term, const std::vector<TermPattern::Piece>& pieces) const {
    for (const auto& piece : pieces) {
      if (piece.value < 0) continue;
      const auto cell = static_cast<std::uint32_t>(map_.values[static_cast<std::size_t>(piece.value)].cell);
      add_all(term.cells, {cell});
      if (!map_.cells[cell].separator.empty()) add_all(term.splits, {cell});
    }
  }

  void add_term(QuadBatch::Index index) {
    using Kind = TermPattern::Kind;
    const QuadBatch::Entry& entry = batch_.entries()[index];
    TermPattern term;
    if (entry.is_triple) {
      term.kind = Kind::triple;
      term.parts = entry.triple;
      for (const std::uint32_t part : term.parts) {
        add_all(term.cells, map_.terms[part].cells);
        add_all(term.splits, map_.terms[part].splits);
      }
      map_.terms.push_back(std::move(term));
      return;
    }
    const std::string_view bytes = batch_.bytes(index);
    const TermParts parts = split_term(bytes);
    switch (parts.kind) {
      case kIriByte:
        term.kind = Kind::iri;
        term.text = iri_pieces(parts.text);
        break;
      case kBlankByte:
        term.kind = Kind::blank;
        term.text = pieces_of(parts.text);
        term.of_row = !has_place(term.text);
        break;
      case kLanguageByte:
        term.kind = Kind::literal;
        term.text = pieces_of(parts.text);
        if (parts.extra.starts_with(kLanguageMark)) {
          const std::string number(parts.extra.substr(kLanguageMark.size()));
          term.language = {{"", std::stoi(number)}};
        } else {
          term.language = {{std::string(parts.extra), -1}};
        }
        break;
      default:
        term.kind = Kind::literal;
        term.text = pieces_of(parts.text);
        if (parts.kind == kDatatypeByte) term.datatype = iri_pieces(parts.extra);
    }
    if (!term.of_row && !has_place(term.text) && !has_place(term.language) && !has_place(term.datatype)) {
      term = TermPattern();
      term.bytes = bytes;
    } else {
      check_formats(term);
    }
    need(term, term.text);
    need(term, term.language);
    need(term, term.datatype);
    map_.terms.push_back(std::move(term));
  }

  // Formats that give a datatype of their own, beside the one that is written.
  void check_formats(const TermPattern& term) const {
    using Kind = TablePlaceFormat::Kind;
    for (const auto& piece : term.text) {
      if (piece.value < 0 || term.kind != TermPattern::Kind::literal) continue;
      const auto number = static_cast<std::size_t>(piece.value);
      const WrittenPlace& place = written_.places[number];
      const TablePlaceFormat& format = map_.values[number].format;
      if (format.kind == Kind::term && (!term.language.empty() || !term.datatype.empty()))
        fail(place, "a cell that holds a whole term has its own language or datatype: leave it out here");
      const bool typed = !term.datatype.empty() && !has_place(term.datatype);
      if (!typed) continue;
      const std::string& datatype = term.datatype.front().text;
      if (format.iso)
        fail(place, "date types each value by its own form: write {column|date} without quotes and datatype");
      for (const DatePattern& date : format.dates) {
        if (date.datatype() == datatype || !temporal_kind(datatype) ||
            temporal_kind(datatype) == temporal_kind(date.datatype()))
          continue;
        fail(place, fmt::format("the pattern {} gives an xsd:{}, not an xsd:{}; without quotes and datatype, "
                                "{{column|{}}}, the "
                                "pattern says the type",
                                date.text(), date.datatype().substr(iri::kXsd.size()),
                                datatype.substr(std::min(datatype.size(), iri::kXsd.size())), date.text()));
      }
    }
  }

  // ---- triples

  bool is_literal(std::uint32_t term) const { return map_.terms[term].kind == TermPattern::Kind::literal; }

  void add_triple(const QuadBatch::Row& row) {
    TriplePattern triple;
    triple.terms = row;
    for (const std::uint32_t term : row) {
      if (term == QuadBatch::kDefault) continue;
      add_all(triple.cells, map_.terms[term].cells);
      add_all(triple.splits, map_.terms[term].splits);
    }
    const TermPattern& predicate = map_.terms[row[1]];
    if (predicate.bytes == std::string(1, kIriByte) + std::string(iri::kRdfType) && is_literal(row[2]))
      throw TemplateFault{place_of(row[2]).position,
                          "a type is an IRI, and this is a string: write ex:{column} or <{column}>"};
    if (predicate.bytes == std::string(1, kIriByte) + std::string(iri::kRdfFirst) && is_made(row[0]) &&
        !map_.terms[row[2]].cells.empty())
      throw TemplateFault{place_of(row[2]).position,
                          "a list ( ) cannot hold places, whose cells may be empty"};
    map_.triples.push_back(std::move(triple));
  }

  const WrittenPlace& place_of(std::uint32_t term) const {
    const TermPattern* pattern = &map_.terms[term];
    while (pattern->kind == TermPattern::Kind::triple)
      for (const std::uint32_t part : pattern->parts)
        if (!map_.terms[part].cells.empty()) pattern = &map_.terms[part];
    for (const auto* pieces : {&pattern->text, &pattern->language, &pattern->datatype})
      for (const auto& piece : *pieces)
        if (piece.value >= 0) return written_.places[static_cast<std::size_t>(piece.value)];
    return written_.places.front();
  }

  // A blank node that stands for brackets or a reifier without a name.
  bool is_made(std::uint32_t term) const {
    const TermPattern& pattern = map_.terms[term];
    return pattern.kind == TermPattern::Kind::blank && pattern.of_row &&
           pattern.text.front().text.starts_with(kMadeLabel);
  }
  bool reifies(const TriplePattern& triple) const {
    return map_.terms[triple.terms[1]].bytes == std::string(1, kIriByte) + std::string(iri::kRdfReifies);
  }

  void find_parents() {
    auto& triples = map_.triples;
    std::map<std::uint32_t, std::vector<std::uint32_t>> with_object;   // by made blank node
    std::map<std::uint32_t, std::vector<std::uint32_t>> reifications;  // by reifier
    for (std::uint32_t i = 0; i < triples.size(); ++i) {
      if (is_made(triples[i].terms[2])) with_object[triples[i].terms[2]].push_back(i);
      if (reifies(triples[i])) reifications[triples[i].terms[0]].push_back(i);
    }
    const auto find = [](const auto& map, std::uint32_t term) -> const std::vector<std::uint32_t>* {
      const auto found = map.find(term);
      return found == map.end() ? nullptr : &found->second;
    };
    for (std::uint32_t i = 0; i < triples.size(); ++i) {
      const std::uint32_t subject = triples[i].terms[0];
      const auto* parents = reifies(triples[i]) ? nullptr : find(reifications, subject);
      if (parents == nullptr) parents = find(with_object, subject);
      if (parents == nullptr) continue;
      triples[i].parents = *parents;
      // What makes the parent needless when nothing of it is left: a blank node that it brings in.
      for (const std::uint32_t parent : *parents)
        if (is_made(subject)) triples[parent].children.push_back(i);
    }
  }

  // A blank node is one for each value of the splits on which the triples depend that bring it in.
  void share_splits() {
    for (bool changed = true; changed;) {
      changed = false;
      for (TriplePattern& triple : map_.triples) {
        const std::size_t before = triple.splits.size();
        for (const std::uint32_t parent : triple.parents) add_all(triple.splits, map_.triples[parent].splits);
        TermPattern& subject = map_.terms[triple.terms[0]];
        if (is_made(triple.terms[0]))
          for (const std::uint32_t parent : triple.parents)
            add_all(subject.splits, map_.triples[parent].splits);
        if (is_made(triple.terms[0]) && reifies(triple)) add_all(subject.splits, triple.splits);
        for (const std::uint32_t term : triple.terms)
          if (term != QuadBatch::kDefault) add_all(triple.splits, map_.terms[term].splits);
        changed = changed || triple.splits.size() != before;
      }
      for (TermPattern& term : map_.terms)
        if (term.kind == TermPattern::Kind::triple)
          for (const std::uint32_t part : term.parts) add_all(term.splits, map_.terms[part].splits);
    }
  }

  void sort_triples() {
    std::vector<char> done(map_.triples.size());
    const std::function<void(std::uint32_t)> visit = [&](std::uint32_t i) {
      if (done[i] != 0) return;
      done[i] = 1;
      for (const std::uint32_t parent : map_.triples[i].parents) visit(parent);
      map_.order.push_back(i);
    };
    for (std::uint32_t i = 0; i < map_.triples.size(); ++i) visit(i);
  }

  static constexpr std::size_t kMostTriples = 65536;

  const Template& written_;
  const MapContext& context_;
  QuadBatch batch_;
  TableMap map_;
};

}  // namespace

TableMap compile_map(const Template& written, const MapContext& context) {
  return Compiler(written, context).compile();
}

}  // namespace dossier::io
