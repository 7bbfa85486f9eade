#include "engine/io/table_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/model/term.h"
#include "grammar/known_prefixes.h"

namespace dossier::io {
namespace {

constexpr std::uint64_t kAlways = ~std::uint64_t{0};

using Kind = TermPattern::Kind;

bool is_language(std::string_view tag) {
  std::string text(1, '@');
  text += tag;
  Scanner scanner{text.data(), text.data() + text.size()};
  try {
    scanner.scan_language();
  } catch (const SyntaxFault&) {
    return false;
  }
  return scanner.at == scanner.end;
}

std::string shown(std::string_view text) {
  return fmt::format("\"{}\"", shortened(text));
}

}  // namespace

TableRows::TableRows(const TableMap& map, std::size_t columns, QuadBatch& batch)
    : map_(map),
      columns_(columns),
      batch_(batch),
      cells_(map.cells.size()),
      present_(map.triples.size()),
      known_(map.terms.size()),
      known_in_(map.terms.size()),
      seen_(map.terms.size()) {}

void TableRows::forget() {
  std::fill(known_in_.begin(), known_in_.end(), 0);
  for (Seen& seen : seen_) seen.index = QuadBatch::kNone;
}

std::uint64_t TableRows::add(const TableRecords& records) {
  const std::size_t terms = batch_.entries().size();
  const std::size_t rows = batch_.rows().size();
  ++turn_;
  row_ = records.row();
  line_ = records.line();
  try {
    if (records.count() != columns_)
      throw SyntaxFault{records.fields().front().at,
                        fmt::format("row {}: expected {} fields as the header has, found {}", row_, columns_,
                                    records.count())};
    read_cells(records);
    find_present();
    for (std::size_t i = 0; i < map_.triples.size(); ++i)
      if (present_[i] != 0) add_triple(map_.triples[i], 0);
  } catch (const SyntaxFault&) {
    batch_.truncate(terms, rows);
    forget();
    throw;
  }
  return batch_.rows().size() - rows;
}

// ---- cells

void TableRows::read_cells(const TableRecords& records) {
  for (std::size_t i = 0; i < cells_.size(); ++i)
    read_cell(map_.cells[i], records.fields()[map_.cells[i].column], cells_[i]);
}

void TableRows::read_cell(const TableCell& cell, const TableField& field, CellValue& value) {
  value.field = &field;
  value.raw = field.text;
  value.text = trim(field.text);
  for (const std::string& null : cell.nulls)
    if (value.text == null) value.text = {};
  if (cell.separator.empty()) return;
  value.parts.clear();
  for (std::string_view rest = value.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find(cell.separator), rest.size());
    const std::string_view part = trim(rest.substr(0, end));
    const bool null = std::find(cell.nulls.begin(), cell.nulls.end(), part) != cell.nulls.end();
    if (!part.empty() && !null) value.parts.push_back(part);
    rest.remove_prefix(std::min(rest.size(), end + cell.separator.size()));
  }
  if (value.parts.empty()) value.text = {};
}

void TableRows::find_present() {
  const auto any = [this](const std::vector<std::uint32_t>& triples) {
    return std::any_of(triples.begin(), triples.end(), [this](std::uint32_t i) { return present_[i] != 0; });
  };
  for (const std::uint32_t i : map_.order) {
    const TriplePattern& triple = map_.triples[i];
    present_[i] = std::none_of(triple.cells.begin(), triple.cells.end(),
                               [this](std::uint32_t cell) { return cells_[cell].text.empty(); }) &&
                  (triple.parents.empty() || any(triple.parents));
  }
  for (auto i = map_.order.rbegin(); i != map_.order.rend(); ++i) {
    const TriplePattern& triple = map_.triples[*i];
    if (present_[*i] != 0 && !triple.children.empty() && !any(triple.children)) present_[*i] = 0;
  }
}

void TableRows::add_triple(const TriplePattern& triple, std::size_t split) {
  if (split < triple.splits.size()) {
    CellValue& cell = cells_[triple.splits[split]];
    const std::string_view text = cell.text;
    const std::string_view raw = cell.raw;
    for (cell.part = 0; cell.part < cell.parts.size(); ++cell.part) {
      cell.text = cell.raw = cell.parts[cell.part];
      add_triple(triple, split + 1);
    }
    cell.text = text;
    cell.raw = raw;
    return;
  }
  const Index subject = term(triple.terms[0]);
  const Index predicate = term(triple.terms[1]);
  const Index object = term(triple.terms[2]);
  const Index graph = triple.terms[3] == QuadBatch::kDefault ? QuadBatch::kDefault : term(triple.terms[3]);
  batch_.add_row(subject, predicate, object, graph);
}

// ---- terms

TableRows::Index TableRows::term(std::uint32_t number) {
  if (known_in_[number] == turn_ || known_in_[number] == kAlways) return known_[number];
  const TermPattern& pattern = map_.terms[number];
  const Index index = make_term(number, pattern);
  if (pattern.splits.empty()) {
    known_[number] = index;
    known_in_[number] = pattern.kind == Kind::constant ? kAlways : turn_;
  }
  return index;
}

TableRows::Index TableRows::make_term(std::uint32_t number, const TermPattern& pattern) {
  switch (pattern.kind) {
    case Kind::constant:
      return batch_.add_term(pattern.bytes);
    case Kind::triple: {
      const Index subject = term(pattern.parts[0]);
      const Index predicate = term(pattern.parts[1]);
      return batch_.add_triple(subject, predicate, term(pattern.parts[2]));
    }
    default:
      break;
  }
  const bool repeats = pattern.cells.size() == 1 && !pattern.of_row;
  if (repeats) {
    const Seen& seen = seen_[number];
    if (seen.index != QuadBatch::kNone && seen.text == cells_[pattern.cells[0]].raw) return seen.index;
  }
  const Index index = pattern.kind == Kind::iri     ? make_iri(pattern)
                      : pattern.kind == Kind::blank ? make_blank(pattern)
                                                    : make_literal(pattern);
  if (repeats) {
    seen_[number].text = cells_[pattern.cells[0]].raw;
    seen_[number].index = index;
  }
  return index;
}

TableRows::Index TableRows::make_iri(const TermPattern& pattern) {
  scratch_.assign(1, kIriByte);
  if (append_iri(scratch_, pattern.text)) return batch_.add_term(scratch_);
  // A cell that holds an IRI, or a blank node as the results of queries have them.
  const std::string_view text = std::string_view(scratch_).substr(1);
  if (text.starts_with("_:") && text.size() > 2) {
    scratch_.erase(0, 2);
    scratch_.front() = kBlankByte;
    return batch_.add_term(scratch_);
  }
  const TermHash hash = batch_.hash(scratch_);
  if (const Index found = batch_.find(hash, scratch_); found != QuadBatch::kNone) return found;
  if (const std::string problem = term_problem(scratch_); !problem.empty())
    for (const auto& piece : pattern.text)
      if (piece.value >= 0 && value_of(piece).reserved)
        fail(value_of(piece), fmt::format("expected an IRI as https://example.org/x, found {}: {}",
                                          shown(text_of(value_of(piece))), problem));
  return batch_.insert(hash, scratch_);
}

bool TableRows::append_iri(std::string& out, const std::vector<TermPattern::Piece>& pieces) {
  bool checked = true;
  for (const auto& piece : pieces) {
    if (piece.value < 0) {
      out += piece.text;
      continue;
    }
    const TableValue& value = value_of(piece);
    std::string_view datatype;
    append_iri_text(out, convert(value, false, datatype), value.reserved);
    checked = checked && !value.reserved;
  }
  return checked;
}

TableRows::Index TableRows::make_blank(const TermPattern& pattern) {
  scratch_.assign(1, kBlankByte);
  if (pattern.of_row) {
    // The sign # is in no label of a file; those of the template's own labels differ by their u.
    const std::string_view label = pattern.text.front().text;
    if (!label.starts_with('#')) scratch_ += "#u";
    scratch_ += label;
    scratch_ += fmt::format("_{}", line_);
    for (const std::uint32_t cell : pattern.splits) scratch_ += fmt::format("_{}", cells_[cell].part);
    return batch_.add_term(scratch_);
  }
  for (const auto& piece : pattern.text) {
    if (piece.value < 0) {
      scratch_ += piece.text;
      continue;
    }
    std::string_view datatype;
    const std::string_view text = convert(value_of(piece), false, datatype);
    for (const char c : text) {  // what a label cannot hold becomes _XX
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x80 || (byte != '_' && is_name_character(byte)))
        scratch_ += c;
      else
        scratch_ += fmt::format("_{:02X}", byte);
    }
  }
  return batch_.add_term(scratch_);
}

TableRows::Index TableRows::make_literal(const TermPattern& pattern) {
  if (pattern.text.size() == 1 && pattern.text[0].value >= 0) {
    const TableValue& value = value_of(pattern.text[0]);
    if (value.format.kind == TablePlaceFormat::Kind::term) return whole_term(value);
  }
  const bool typed = !pattern.datatype.empty();
  std::string_view own;
  lexical_.clear();
  for (const auto& piece : pattern.text) {
    if (piece.value < 0)
      lexical_ += piece.text;
    else
      lexical_ += convert(value_of(piece), !typed, own);
  }
  scratch_.clear();
  if (!pattern.language.empty()) {
    std::string_view tag = pattern.language[0].text;
    if (pattern.language[0].value >= 0) {
      const TableValue& value = value_of(pattern.language[0]);
      tag = text_of(value);
      if (!is_language(tag)) expected(value, "a language as en or zh-Hant");
    }
    append_language_bytes(scratch_, lexical_, tag);
    return batch_.add_term(scratch_);
  }
  if (!typed) {
    const TableValue* value = nullptr;
    if (pattern.text.size() == 1) value = &value_of(pattern.text[0]);
    append_literal_bytes(scratch_, lexical_,
                         value != nullptr && value->whole_term ? own : std::string_view());
    return batch_.add_term(scratch_);
  }
  extra_.clear();
  const bool sound = append_iri(extra_, pattern.datatype);
  append_literal_bytes(scratch_, lexical_, extra_);
  const TermHash hash = batch_.hash(scratch_);
  if (const Index found = batch_.find(hash, scratch_); found != QuadBatch::kNone) return found;
  const auto first = std::find_if(pattern.text.begin(), pattern.text.end(),
                                  [](const auto& piece) { return piece.value >= 0; });
  if (first != pattern.text.end() && !is_lexical(lexical_, extra_)) {
    const TableValue& value = value_of(*first);
    std::string advice;
    for (const std::string_view format : formats_like(extra_, lexical_))
      advice += fmt::format("{}{{{}|{}}}", advice.empty() ? "; the map can say how it is written: " : " or ",
                            shortened(map_.cells[value.cell].name), format);
    fail(value, fmt::format("expected {}, found {}{}", expected_of(extra_), shown(lexical_), advice));
  }
  if (!sound)
    if (const std::string problem = term_problem(scratch_); !problem.empty())
      fail(value_of(pattern.datatype.front()), fmt::format("expected the IRI of a datatype: {}", problem));
  return batch_.insert(hash, scratch_);
}

// ---- cells that hold a term in Turtle syntax

TableRows::Index TableRows::whole_term(const TableValue& value) {
  const std::string_view text = cells_[value.cell].text;
  if (text.size() > 2 && text.front() == '<' && text[1] != '<' && text.find('\\') == std::string_view::npos) {
    if (text.back() != '>') expected(value, "'>' at the end of the IRI");
    scratch_.assign(1, kIriByte);
    scratch_ += text.substr(1, text.size() - 2);
    if (const std::string problem = term_problem(scratch_); !problem.empty()) fail(value, problem);
    return batch_.add_term(scratch_);
  }
  const bool is_term = text.front() == '<' || text.front() == '"' || text.front() == '\'' ||
                       text.starts_with("_:") || text == "true" || text == "false" ||
                       std::string_view("+-.0123456789").find(text.front()) != std::string_view::npos;
  if (!is_term) return prefixed_name(value);
  try {
    return add_term(parse_term(text));
  } catch (const ParseError& error) {
    const std::string report = error.what();
    fail(value, fmt::format("expected a term in Turtle syntax: {}", report.substr(0, report.find('\n'))));
  }
}

TableRows::Index TableRows::prefixed_name(const TableValue& value) {
  const std::string_view text = cells_[value.cell].text;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) expected(value, "a term as in Turtle: ex:name, <iri>, \"text\"@en, 5");
  const std::string_view label = text.substr(0, colon);
  std::string_view space = grammar::known_prefix(label);
  for (const auto* prefixes : {&map_.known_prefixes, &map_.prefixes})
    for (const auto& [known, iri] : *prefixes)
      if (known == label) space = iri;
  if (space.empty()) fail(value, fmt::format("the prefix of {} is not declared in the map", shown(text)));
  scratch_.assign(1, kIriByte);
  scratch_ += space;
  for (std::string_view local = text.substr(colon + 1); !local.empty(); local.remove_prefix(1)) {
    if (local.front() == '\\' && local.size() > 1) local.remove_prefix(1);
    scratch_ += local.front();
  }
  if (const std::string problem = term_problem(scratch_); !problem.empty()) fail(value, problem);
  return batch_.add_term(scratch_);
}

TableRows::Index TableRows::add_term(const Term& term) {
  if (term.is_triple()) {
    const Index subject = add_term(term.subject());
    const Index predicate = add_term(term.predicate());
    return batch_.add_triple(subject, predicate, add_term(term.object()));
  }
  scratch_.clear();
  append_term_bytes(scratch_, term);
  return batch_.add_term(scratch_);
}

// ---- values

std::string_view TableRows::text_of(const TableValue& value) const {
  return cells_[value.cell].text;
}

std::string_view TableRows::convert(const TableValue& value, bool keep_space, std::string_view& datatype) {
  using Format = TablePlaceFormat::Kind;
  CellValue& cell = cells_[value.cell];
  std::string_view text = keep_space ? cell.raw : cell.text;
  if (map_.terms_in_cells) {
    if (cell.text.size() > 1 && cell.text.front() == '<' && cell.text[1] != '<') {
      text = cell.text.substr(1, cell.text.size() - 2);
    } else if (cell.text.front() == '"' || cell.text.front() == '\'') {
      try {
        cell.value = parse_term(cell.text).value();
      } catch (const ParseError& error) {
        const std::string report = error.what();
        fail(value, fmt::format("expected a term in Turtle syntax: {}", report.substr(0, report.find('\n'))));
      }
      text = cell.value;
    }
  }
  const TablePlaceFormat& format = value.format;
  converted_.clear();
  switch (format.kind) {
    case Format::text:
    case Format::term:
      return text;
    case Format::slug:
      append_slug(converted_, text);
      if (converted_.empty()) expected(value, "letters or digits, of which a name could be made");
      return converted_;
    case Format::dates: {
      text = trim(text);
      if (format.iso) datatype = iso_datatype(text);
      if (!datatype.empty()) return text;
      std::string problem = format.iso ? missing_day(text) : std::string();
      for (const DatePattern& pattern : format.dates) {
        if (!pattern.read(text, converted_, problem.empty() ? &problem : nullptr)) continue;
        datatype = pattern.datatype();
        return converted_;
      }
      std::string forms = format.iso ? "2025-06-13, 2025-06, 2025 or --06-13" : "";
      for (const DatePattern& pattern : format.dates) forms += (forms.empty() ? "" : " or ") + pattern.text();
      if (!problem.empty())
        fail(value, fmt::format("{} is no day of the calendar: {}", shown(text), problem));
      expected(value, fmt::format("a date written {}", forms));
    }
    case Format::number:
      if (!format.number->read(trim(text), converted_))
        expected(value, fmt::format("a number written as {}", format.number->text()));
      datatype = format.number->datatype();
      return converted_;
    case Format::boolean:
      text = trim(text);
      datatype = iri::kXsdBoolean;
      if (equal_ignoring_case(text, format.yes)) return "true";
      if (equal_ignoring_case(text, format.no)) return "false";
      expected(value, fmt::format("{} or {}", format.yes, format.no));
  }
  return text;
}

void TableRows::fail(const TableValue& value, const std::string& message) const {
  throw SyntaxFault{
      cells_[value.cell].field->at,
      fmt::format("row {}, column \"{}\": {}", row_, shortened(map_.cells[value.cell].name), message)};
}

void TableRows::expected(const TableValue& value, const std::string& what) const {
  fail(value, fmt::format("expected {}, found {}", what, shown(cells_[value.cell].text)));
}

}  // namespace dossier::io
