#include "engine/io/turtle_arrangement.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>

#include "engine/cdt/labels.h"

namespace dossier::io {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// IRIs, blank nodes, literals, triple terms.
int kind_order(const QuadBatch& batch, QuadBatch::Index index) {
  if (batch.entries()[index].is_triple) return 3;
  const char kind = batch.bytes(index)[0];
  return kind == kIriByte ? 0 : kind == kBlankByte ? 1 : 2;
}

int compare_terms(const QuadBatch& batch, QuadBatch::Index a, QuadBatch::Index b) {
  if (a == b) return 0;
  const int kind = kind_order(batch, a);
  if (const int other = kind_order(batch, b); kind != other) return kind - other;
  if (kind == 3) {
    for (std::size_t i = 0; i < 3; ++i) {
      const int order = compare_terms(batch, batch.entries()[a].triple[i], batch.entries()[b].triple[i]);
      if (order != 0) return order;
    }
    return 0;
  }
  const TermParts left = split_term(batch.bytes(a));
  const TermParts right = split_term(batch.bytes(b));
  if (const int order = compare_naturally(left.text, right.text); order != 0) return order;
  if (const int order = left.extra.compare(right.extra); order != 0) return order;
  return left.kind - right.kind;
}

QuadBatch::Index find_iri(const QuadBatch& batch, std::string_view iri) {
  const std::string bytes = std::string(1, kIriByte).append(iri);
  return batch.find(batch.hash(bytes), bytes);
}

}  // namespace

int compare_naturally(std::string_view a, std::string_view b) {
  // IRIs begin alike: to where they part, or to the number that they part in.
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i + 8 <= shorter && std::memcmp(a.data() + i, b.data() + i, 8) == 0) i += 8;
  while (i > 0 && is_digit(a[i - 1])) --i;
  std::size_t j = i;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
      ++i;
      ++j;
      continue;
    }
    const auto number = [](std::string_view text, std::size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const std::size_t from = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return text.substr(from, at - from);
    };
    const std::string_view left = number(a, i);
    const std::string_view right = number(b, j);
    if (left.size() != right.size()) return left.size() < right.size() ? -1 : 1;
    if (const int order = left.compare(right); order != 0) return order;
  }
  if (i < a.size() || j < b.size()) return i < a.size() ? 1 : -1;
  return a.compare(b);  // 01 and 1
}

Arrangement::Arrangement(const QuadBatch& batch, bool whole)
    : batch_(batch), anonymous_(batch.entries().size()) {
  known_ = {find_iri(batch, iri::kRdfType),    find_iri(batch, iri::kRdfsLabel),
            find_iri(batch, iri::kRdfReifies), find_iri(batch, iri::kRdfFirst),
            find_iri(batch, iri::kRdfRest),    find_iri(batch, iri::kRdfNil)};
  rank_terms();
  sort_rows();
  find_annotations();
  count_uses();
  if (whole) find_anonymous();
  place_subjects();
  if (whole) find_lists();
  bound_nesting();
  order_annotations();
}

// ---- order

void Arrangement::rank_terms() {
  std::vector<Index> order(batch_.entries().size());
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [this](Index a, Index b) { return compare_terms(batch_, a, b) < 0; });
  ranks_.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) ranks_[order[i]] = static_cast<std::uint32_t>(i);
}

std::array<std::uint32_t, 4> Arrangement::key(const QuadBatch::Row& row) const {
  const std::uint32_t predicate = row[1] == known_.type ? 0 : row[1] == known_.label ? 1 : ranks_[row[1]] + 2;
  return {rank(row[3]), rank(row[0]), predicate, rank(row[2])};
}

void Arrangement::sort_rows() {
  rows_ = batch_.rows();
  std::sort(rows_.begin(), rows_.end(),
            [this](const QuadBatch::Row& a, const QuadBatch::Row& b) { return key(a) < key(b); });
  rows_.erase(std::unique(rows_.begin(), rows_.end()), rows_.end());
  subject_of_row_.resize(rows_.size());
  for (Number row = 0; row < rows_.size(); ++row) {
    const QuadBatch::Row& now = rows_[row];
    if (row == 0 || now[0] != rows_[row - 1][0] || now[3] != rows_[row - 1][3]) {
      Subject subject;
      subject.graph = now[3];
      subject.term = now[0];
      subject.first = row;
      subjects_.push_back(subject);
    }
    subjects_.back().end = row + 1;
    subject_of_row_[row] = static_cast<Number>(subjects_.size() - 1);
  }
}

Arrangement::Number Arrangement::find_row(Index subject, Index predicate, Index object, Index graph) const {
  const QuadBatch::Row wanted{subject, predicate, object, graph};
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), wanted,
                       [this](const QuadBatch::Row& a, const QuadBatch::Row& b) { return key(a) < key(b); });
  return found != rows_.end() && *found == wanted ? static_cast<Number>(found - rows_.begin()) : kNone;
}

// ---- annotations

void Arrangement::find_annotations() {
  is_annotation_.assign(rows_.size(), false);
  is_annotated_.assign(rows_.size(), false);
  targets_.assign(rows_.size(), kNone);
  if (known_.reifies == QuadBatch::kNone) return;
  for (Number row = 0; row < rows_.size(); ++row) {
    if (rows_[row][1] != known_.reifies || !batch_.entries()[rows_[row][2]].is_triple) continue;
    const auto& [s, p, o] = batch_.entries()[rows_[row][2]].triple;
    targets_[row] = find_row(s, p, o, rows_[row][3]);
    if (targets_[row] != kNone) is_annotated_[targets_[row]] = true;
  }
  // A row that is annotated itself must be written in full.
  for (Number row = 0; row < rows_.size(); ++row)
    is_annotation_[row] = targets_[row] != kNone && !is_annotated_[row];
  std::fill(is_annotated_.begin(), is_annotated_.end(), false);
  for (Number row = 0; row < rows_.size(); ++row)
    if (is_annotation_[row]) is_annotated_[targets_[row]] = true;
}

void Arrangement::order_annotations() {
  annotation_ends_.assign(rows_.size() + 1, 0);
  for (Number row = 0; row < rows_.size(); ++row) {
    if (!is_annotation_[row]) continue;
    const Number subject = subject_of_row_[row];
    const Subject& reifier = subjects_[subject];
    const bool has_block =
        reifier.place == Place::annotation && reifier.at == targets_[row] && own_rows(subject) > 0;
    annotations_.push_back({row, subject, has_block});
  }
  const auto order = [this](const Annotation& annotation) {
    const int kind = !anonymous_[subjects_[annotation.subject].term] ? 1 : annotation.has_block ? 0 : 2;
    return std::pair(targets_[annotation.row], kind);
  };
  std::stable_sort(annotations_.begin(), annotations_.end(),
                   [&](const Annotation& a, const Annotation& b) { return order(a) < order(b); });
  for (const Annotation& annotation : annotations_) ++annotation_ends_[targets_[annotation.row] + 1];
  std::partial_sum(annotation_ends_.begin(), annotation_ends_.end(), annotation_ends_.begin());
}

std::span<const Arrangement::Annotation> Arrangement::annotations(Number row) const {
  return std::span(annotations_)
      .subspan(annotation_ends_[row], annotation_ends_[row + 1] - annotation_ends_[row]);
}

bool Arrangement::is_claim(Number row) const {
  return rows_[row][1] == known_.reifies && batch_.entries()[rows_[row][2]].is_triple && !is_annotation_[row];
}

std::size_t Arrangement::own_rows(Number subject) const {
  std::size_t count = 0;
  for (Number row = subjects_[subject].first; row < subjects_[subject].end; ++row)
    count += !is_annotation_[row];
  return count;
}

// ---- blank nodes

void Arrangement::name_parts(Index triple) {
  for (const Index part : batch_.entries()[triple].triple) {
    if (batch_.entries()[part].is_triple)
      name_parts(part);
    else
      uses_[part].is_named = true;
  }
}

void Arrangement::count_uses() {
  uses_.resize(batch_.entries().size());
  for (Number number = 0; number < subjects_.size(); ++number) {
    Uses& uses = uses_[subjects_[number].term];
    ++uses.subjects;
    uses.subject = number;
    if (subjects_[number].graph != QuadBatch::kDefault) uses_[subjects_[number].graph].is_named = true;
  }
  for (Number row = 0; row < rows_.size(); ++row) {
    const Index object = rows_[row][2];
    if (!batch_.entries()[object].is_triple) {
      ++uses_[object].objects;
      uses_[object].object_row = row;
    } else if (!is_annotation_[row]) {
      name_parts(object);
    }
  }
  std::string blank;
  for (Index term = 0; term < uses_.size(); ++term) {
    if (batch_.entries()[term].is_triple) continue;
    for (const std::string& label : cdt::labels(batch_.bytes(term))) {
      blank.assign(1, kBlankByte).append(label);
      const Index node = batch_.find(batch_.hash(blank), blank);
      if (node != QuadBatch::kNone) uses_[node].is_named = true;
    }
  }
}

void Arrangement::find_anonymous() {
  for (Index term = 0; term < uses_.size(); ++term) {
    if (batch_.entries()[term].is_triple || batch_.bytes(term)[0] != kBlankByte) continue;
    const Uses& uses = uses_[term];
    if (uses.is_named || uses.subjects > 1 || uses.objects > 1) continue;
    if (uses.subject != kNone) {
      const Subject& subject = subjects_[uses.subject];
      if (uses.objects == 1 && rows_[uses.object_row][3] != subject.graph) continue;
      const auto annotations =
          std::count(is_annotation_.begin() + subject.first, is_annotation_.begin() + subject.end, true);
      if (annotations + uses.objects > 1) continue;
    }
    anonymous_[term] = true;
  }
}

// ---- places

void Arrangement::place_subjects() {
  for (Subject& subject : subjects_) {
    for (Number row = subject.first; row < subject.end; ++row) {
      if (!is_annotation_[row]) continue;
      subject.place = Place::annotation;
      subject.at = targets_[row];
      break;
    }
    if (subject.place == Place::annotation || !anonymous_[subject.term] || uses_[subject.term].objects == 0)
      continue;
    subject.place = Place::object;
    subject.at = uses_[subject.term].object_row;
  }
}

void Arrangement::find_lists() {
  if (known_.first == QuadBatch::kNone || known_.rest == QuadBatch::kNone) return;
  // rdf:first comes before rdf:rest in the order of the rows.
  const auto is_node = [this](const Subject& subject) {
    return anonymous_[subject.term] && subject.place == Place::object && subject.end - subject.first == 2 &&
           rows_[subject.first][1] == known_.first && rows_[subject.first + 1][1] == known_.rest &&
           !is_annotated_[subject.first] && !is_annotated_[subject.first + 1];
  };
  std::vector<bool> seen(subjects_.size());
  std::vector<Number> chain;
  for (Number start = 0; start < subjects_.size(); ++start) {
    chain.clear();
    bool ends = false;
    for (Number now = start; !seen[now] && is_node(subjects_[now]);) {
      seen[now] = true;
      chain.push_back(now);
      const Index next = rows_[subjects_[now].first + 1][2];
      ends = next == known_.nil;
      if (ends) break;
      now = uses_[next].subject;
      if (now == kNone || !anonymous_[next]) break;
      ends = seen[now] && subjects_[now].is_list;
    }
    if (ends)
      for (const Number node : chain) subjects_[node].is_list = true;
  }
}

void Arrangement::make_statement(Number number) {
  // With a label in its chain a list is none.
  for (Number now = number; subjects_[now].place == Place::object;) {
    const Number before = subject_of_row_[subjects_[now].at];
    if (!subjects_[before].is_list || rows_[subjects_[now].at][1] != known_.rest) break;
    subjects_[before].is_list = false;
    now = before;
  }
  subjects_[number].place = Place::statement;
  anonymous_[subjects_[number].term] = false;
}

void Arrangement::bound_nesting() {
  constexpr int kUnknown = -1;
  constexpr int kOnTheWay = -2;
  std::vector<int> depths(subjects_.size(), kUnknown);
  std::vector<Number> way;
  for (Number start = 0; start < subjects_.size(); ++start) {
    // Up to a statement, or to what is known; back at a subject on the way, that one becomes a statement.
    way.clear();
    Number now = start;
    while (depths[now] == kUnknown && subjects_[now].place != Place::statement) {
      depths[now] = kOnTheWay;
      way.push_back(now);
      now = subject_of_row_[subjects_[now].at];
    }
    if (depths[now] == kOnTheWay) make_statement(now);
    if (subjects_[now].place == Place::statement) depths[now] = 0;
    while (!way.empty()) {
      const Number inner = way.back();
      way.pop_back();
      if (depths[inner] != kOnTheWay) continue;  // the one that became a statement
      Subject& subject = subjects_[inner];
      const Number outer = subject_of_row_[subject.at];
      const bool continues_list = subject.is_list && subjects_[outer].is_list &&
                                  subjects_[outer].place == Place::object &&
                                  rows_[subject.at][1] == known_.rest;
      depths[inner] = depths[outer] + (continues_list ? 0 : 1);
      if (depths[inner] <= kMaxNesting) continue;
      make_statement(inner);
      depths[inner] = 0;
    }
  }
}

}  // namespace dossier::io
