#include "engine/query/composite_values.h"

#include <algorithm>

#include "engine/cdt/labels.h"
#include "engine/query/comparison.h"

namespace dossier {
namespace {

constexpr std::size_t kCheckEvery = 4096;  // elements

// Language tags compare without regard to case, as terms do.
std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view key_datatype(const TermParts& key) {
  if (key.kind == kStringByte) return iri::kXsdString;
  if (key.kind != kLanguageByte) return key.extra;
  return key.extra.find("--") == std::string_view::npos ? iri::kRdfLangString : iri::kRdfDirLangString;
}

// IRIs, then literals by datatype, lexical form and language; 0 for the same term.
int order_keys(std::string_view a, std::string_view b) {
  const TermParts x = split_term(a);
  const TermParts y = split_term(b);
  const bool x_iri = x.kind == kIriByte;
  const bool y_iri = y.kind == kIriByte;
  if (x_iri != y_iri) return x_iri ? -1 : 1;
  if (!x_iri)
    if (const int order = key_datatype(x).compare(key_datatype(y)); order != 0) return order;
  if (const int order = x.text.compare(y.text); order != 0) return order;
  return x.kind == kLanguageByte ? lowered(x.extra).compare(lowered(y.extra)) : 0;
}

}  // namespace

// ---- values

CompositeValue::CompositeValue(QueryContext& context, std::string_view bytes, cdt::Kind kind)
    : reservation_(context.budget(), "a list or map") {
  parse(bytes, kind);
}

CompositeValue::CompositeValue(QueryContext& context, Id id, const LocalTerms::Composite& composite)
    : reservation_(context.budget(), "a list or map"),
      id_(id),
      given_(composite.elements),
      well_formed_(true) {
  composite_.kind = composite.kind;
}

void CompositeValue::parse(std::string_view bytes, cdt::Kind kind) {
  reservation_.add(bytes.size());
  bytes_ = bytes;
  prefix_ = bytes.size() - split_term(bytes).text.size();
  well_formed_ = cdt::parse(text(), kind, composite_, [&](std::size_t more) { reservation_.add(more); });
}

void CompositeValue::read(QueryContext& context) {
  if (given_ && bytes_.empty()) parse(context.terms().bytes(id_), composite_.kind);
}

std::optional<std::size_t> CompositeValue::find(QueryContext& context, Id key) const {
  if (!given_) return cdt::find_key(composite_, text(), context.terms().bytes(key));
  key = context.terms().settle(key);
  for (std::size_t i = 0; i < size(); ++i)
    if ((*given_)[2 * i] == key) return i;
  return std::nullopt;
}

Id CompositeValue::at(QueryContext& context, std::size_t i) {
  if (given_) return (*given_)[i];
  const cdt::Element& element = composite_.elements[i];
  if (element.kind == cdt::Element::Kind::null) return kUnbound;
  if (known_.empty()) {
    reservation_.add(composite_.elements.size() * sizeof(Id));
    ids_.resize(composite_.elements.size());
    known_.resize(composite_.elements.size());
  }
  if (!known_[i]) {
    std::string bytes;
    ids_[i] = intern(context, element, bytes);
    known_[i] = true;
  }
  return ids_[i];
}

Id CompositeValue::intern(QueryContext& context, const cdt::Element& element, std::string& bytes) {
  if (element.kind == cdt::Element::Kind::triple) {
    const cdt::TripleElements parts = cdt::triple_elements(text(), element);
    const Id subject = intern(context, parts.subject, bytes);
    const Id predicate = intern(context, parts.predicate, bytes);
    return context.terms().intern_triple(subject, predicate, intern(context, parts.object, bytes));
  }
  bytes.clear();
  cdt::append_element_bytes(bytes, text(), element);
  return context.terms().intern(bytes);
}

const std::vector<std::uint32_t>& CompositeValue::ordered(QueryContext& context) {
  if (!ordered_.empty() || size() == 0) return ordered_;
  read(context);
  context.check();
  Reservation work(context.budget(), "a list or map");
  work.add(bytes_.size() + size() * sizeof(std::string));
  reservation_.add(size() * sizeof(std::uint32_t));
  std::vector<std::string> keys(size());
  for (std::size_t i = 0; i < keys.size(); ++i) append_key(keys[i], i);
  for (std::uint32_t i = 0; i < keys.size(); ++i) ordered_.push_back(i);
  std::sort(ordered_.begin(), ordered_.end(),
            [&](std::uint32_t a, std::uint32_t b) { return order_keys(keys[a], keys[b]) < 0; });
  return ordered_;
}

CompositePtr CompositeCache::find(QueryContext& context, Id id) {
  if (id.tag() != Tag::literal && id.tag() != Tag::local) return nullptr;
  Slot& slot = slots_[hash_id(id) & (kSlots - 1)];
  if (slot.id == id) return slot.value;
  if (const auto composite = context.terms().composite(id)) {
    slot = {id, std::make_shared<CompositeValue>(context, id, *composite)};
    return slot.value;
  }
  const std::string_view bytes = context.terms().bytes(id);
  const auto kind = cdt::kind_of(bytes);
  if (!kind) return nullptr;
  context.check();
  if (held_ + bytes.size() > kMostHeld) {
    slots_.fill({});
    held_ = 0;
  }
  held_ += bytes.size();
  slot = {};
  CompositePtr value = std::make_shared<CompositeValue>(context, bytes, *kind);
  slot = {id, value};
  return value;
}

bool is_composite(QueryContext& context, Id literal) {
  return context.terms().composite(literal) || cdt::kind_of(context.terms().bytes(literal));
}

CompositePtr composite_of(QueryContext& context, Id id) {
  CompositePtr value = context.composites().find(context, id);
  return value != nullptr && value->well_formed() ? value : nullptr;
}

CompositePtr list_of(QueryContext& context, Id id) {
  CompositePtr value = composite_of(context, id);
  return value != nullptr && value->is_list() ? value : nullptr;
}

CompositePtr map_of(QueryContext& context, Id id) {
  CompositePtr value = composite_of(context, id);
  return value != nullptr && !value->is_list() ? value : nullptr;
}

bool is_map_key(QueryContext& context, Id id) {
  if (!id.is_bound()) return false;
  const TermKind kind = context.terms().kind(id);
  return kind == TermKind::iri || kind == TermKind::literal;
}

// ---- writing

CompositeWriter::CompositeWriter(QueryContext& context, cdt::Kind kind)
    : context_(context),
      reservation_(context.budget(), "a list or map"),
      kind_(kind),
      text_(1, kind == cdt::Kind::list ? '[' : '{') {}

void CompositeWriter::separate() {
  if (count_++ != 0) text_ += ", ";
  if ((count_ & (kCheckEvery - 1)) == 0) context_.check();
}

void CompositeWriter::account() {
  constexpr std::size_t kStep = 4096;  // short texts are not worth the counter
  if (text_.capacity() > kStep) reservation_.resize(text_.capacity());
}

void CompositeWriter::element(const CompositeValue& value, const cdt::Element& element, int levels) {
  if (element.kind == cdt::Element::Kind::null) {
    text_ += "null";
  } else if (element.kind == cdt::Element::Kind::triple) {
    const cdt::TripleElements parts = cdt::triple_elements(value.text(), element);
    text_ += "<<( ";
    for (const cdt::Element& part : {parts.subject, parts.predicate, parts.object}) {
      this->element(value, part, levels + 1);
      text_ += ' ';
    }
    text_ += ")>>";
  } else {
    bytes_.clear();
    cdt::append_element_bytes(bytes_, value.text(), element);
    cdt::append_element_text(text_, bytes_, levels);
  }
}

void CompositeWriter::add(Id id) {
  separate();
  if (!context_.terms().append_element(text_, id, 1)) too_deep_ = true;
  account();
}

void CompositeWriter::add(Id key, Id value) {
  separate();
  cdt::append_key_text(text_, context_.terms().bytes(key));
  text_ += ": ";
  if (!context_.terms().append_element(text_, value, 1)) too_deep_ = true;
  account();
}

void CompositeWriter::add(CompositeValue& value, std::size_t from, std::size_t to) {
  value.read(context_);
  const std::vector<cdt::Element>& elements = value.composite_.elements;
  for (std::size_t i = from; i < to; ++i) {
    separate();
    if (kind_ == cdt::Kind::list) {
      element(value, elements[value.is_list() ? i : 2 * i], 1);
    } else {
      bytes_.clear();
      value.append_key(bytes_, i);
      cdt::append_key_text(text_, bytes_);
      text_ += ": ";
      element(value, elements[2 * i + 1], 1);
    }
    account();
  }
}

Id CompositeWriter::finish() {
  if (too_deep_) return kUnbound;
  text_ += kind_ == cdt::Kind::list ? ']' : '}';
  return intern_literal(context_, text_, cdt::datatype_of(kind_));
}

// ---- comparing

namespace {

// Walks two lists, or the entries of two maps in the order of their keys, side by side.
class Pairs {
 public:
  Pairs(QueryContext& context, CompositePtr a, CompositePtr b)
      : context_(context), a_(std::move(a)), b_(std::move(b)), shorter_(std::min(a_->size(), b_->size())) {
    if (a_->is_list()) return;
    a_order_ = &a_->ordered(context);
    b_order_ = &b_->ordered(context);
  }
  bool next() {
    if (at_ == shorter_) return false;
    if (a_->is_list()) {
      left = a_->element(context_, at_);
      right = b_->element(context_, at_);
    } else {
      const std::uint32_t i = (*a_order_)[at_];
      const std::uint32_t j = (*b_order_)[at_];
      a_key_.clear();
      b_key_.clear();
      a_->append_key(a_key_, i);
      b_->append_key(b_key_, j);
      keys = order_keys(a_key_, b_key_);
      left = a_->value(context_, i);
      right = b_->value(context_, j);
    }
    if ((++at_ & (kCheckEvery - 1)) == 0) context_.check();
    return true;
  }

  Id left;
  Id right;
  int keys = 0;  // order of the two keys

 private:
  QueryContext& context_;
  CompositePtr a_;
  CompositePtr b_;
  std::size_t shorter_;
  const std::vector<std::uint32_t>* a_order_ = nullptr;
  const std::vector<std::uint32_t>* b_order_ = nullptr;
  std::string a_key_;
  std::string b_key_;
  std::size_t at_ = 0;
};

bool both_blank(LocalTerms& terms, Id a, Id b) {
  return terms.kind(a) == TermKind::blank && terms.kind(b) == TermKind::blank;
}

}  // namespace

namespace {

// Whether two values are equal, and whether the first is less.
struct Outcome {
  Truth same = Truth::error;
  Truth less = Truth::error;
};

Outcome compare_composites(QueryContext& context, Id a, Id b, int depth);

Outcome compare_elements(QueryContext& context, Id a, Id b, int depth) {
  if (composite_of(context, a) != nullptr && composite_of(context, b) != nullptr)
    return compare_composites(context, a, b, depth);
  const Truth same = equal_values(context, a, b, depth);
  return {same, same == Truth::yes ? Truth::no : less_values(context, a, b, depth)};
}

// Both questions in one walk, as a list in a list would have to be walked twice for each level otherwise. `<`
// goes on where two elements are equal or both null, as the tests of the draft have it; its algorithm would
// stop.
Outcome compare_composites(QueryContext& context, Id a, Id b, int depth) {
  const CompositePtr x = composite_of(context, a);
  const CompositePtr y = composite_of(context, b);
  if (x == nullptr || y == nullptr || x->is_list() != y->is_list() || depth > kMaxCompared) return {};
  Outcome outcome{truth_of(x->size() == y->size()), truth_of(x->size() < y->size())};
  bool open = true;  // `less`
  for (Pairs pairs(context, x, y); pairs.next();) {
    Outcome part;
    bool both_are_blank = false;
    if (pairs.keys != 0) {
      part = {Truth::no, truth_of(pairs.keys < 0)};
    } else if (!pairs.left.is_bound() || !pairs.right.is_bound()) {
      if (!pairs.left.is_bound() && !pairs.right.is_bound()) continue;
      part.same = Truth::no;
    } else {
      part = compare_elements(context, pairs.left, pairs.right, depth + 1);
      both_are_blank = both_blank(context.terms(), pairs.left, pairs.right);
      // Two blank nodes may stand for the same thing, and have no place among others.
      if (both_are_blank && part.same == Truth::no) part.same = Truth::error;
    }
    if (open && (part.same != Truth::yes || (both_are_blank && x->is_list()))) {
      outcome.less = part.less;
      if (both_are_blank) outcome.less = Truth::error;
      open = false;
    }
    if (part.same == Truth::no || x->size() != y->size()) {
      outcome.same = Truth::no;
      if (!open) return outcome;
    } else if (part.same == Truth::error) {
      outcome.same = Truth::error;
      if (x->is_list()) return outcome;  // another entry of a map may still differ for certain
    }
  }
  return outcome;
}

}  // namespace

Truth equal_composites(QueryContext& context, Id a, Id b, int depth) {
  return compare_composites(context, a, b, depth).same;
}

Truth less_composites(QueryContext& context, Id a, Id b, int depth) {
  return compare_composites(context, a, b, depth).less;
}

int order_composites(QueryContext& context, Id a, Id b, int depth) {
  const CompositePtr x = composite_of(context, a);
  const CompositePtr y = composite_of(context, b);
  if (x == nullptr || y == nullptr) return static_cast<int>(x != nullptr) - static_cast<int>(y != nullptr);
  if (x->is_list() != y->is_list()) return x->is_list() ? -1 : 1;
  for (Pairs pairs(context, x, y); pairs.next();) {
    if (pairs.keys != 0) return pairs.keys < 0 ? -1 : 1;
    if (const int order = compare_order_values(context, pairs.left, pairs.right, depth + 1); order != 0)
      return order;
  }
  return static_cast<int>(x->size() > y->size()) - static_cast<int>(x->size() < y->size());
}

Id intern_text_literal(QueryContext& context, std::string_view bytes) {
  std::string storage;
  const auto label = [&](std::string_view old) {
    const Id blank = context.terms().text_blank(old);
    return std::string(context.terms().bytes(blank).substr(1));
  };
  return context.terms().intern(cdt::rename_labels(storage, bytes, label));
}

}  // namespace dossier
