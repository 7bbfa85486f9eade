// Prologue, terms, triples and paths.
#include "grammar/builder.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "grammar/iri.h"
#include "grammar/known_prefixes.h"

namespace dossier::grammar {
namespace {

template <typename Stack>
auto take_top(Stack& stack) {
  auto value = std::move(stack.back());
  stack.pop_back();
  return value;
}

Iri rdf(const char* name, std::uint32_t at) {
  return Iri{std::string(kRdf) + name, {at}};
}

std::uint32_t location(const Term& term) {
  return std::visit(
      [](const auto& value) {
        if constexpr (requires { value->at; }) {
          return value->at.offset;
        } else {
          return value.at.offset;
        }
      },
      term);
}

Verb as_verb(Term term) {
  if (auto* variable = std::get_if<Var>(&term)) return std::move(*variable);
  return std::move(std::get<Iri>(term));
}

Term as_term(const Verb& verb) {
  if (const auto* variable = std::get_if<Var>(&verb)) return *variable;
  return std::get<Iri>(verb);
}

}  // namespace

Builder::Builder(std::string_view text, const ParseOptions& options)
    : text_(text), begin_(text.data()), end_(text.data() + text.size()), furthest_(begin_) {
  prologue_.base = options.base;
  supply_known_ = options.known_prefixes;
  unknown_prefixes_ = options.unknown_prefixes;
  for (const auto& [label, iri] : options.prefixes) prefixes_[label] = iri;
}

void Builder::enter() {
  if (depth_ >= kMaxDepth) {
    fail(at_, "nested too deeply: at most " + std::to_string(kMaxDepth) + " levels are read");
  }
  ++depth_;
}

void Builder::note_height(int height) {
  if (height > kMaxDepth) {
    fail(at_, "this expression is too deep: at most " + std::to_string(kMaxDepth) +
                  " operations one inside the other");
  }
  if (!groups_.empty()) groups_.back().height = std::max(groups_.back().height, height);
}

bool Builder::settled() const {
  return terms_.empty() && starts_.empty() && marks_.empty() && subjects_.empty() && paths_.empty() && searches_.empty() &&
         expressions_.empty() && calls_.empty() && groups_.empty() && closed_.empty() && unions_.empty() &&
         services_.empty() && queries_.empty() && targets_.empty() && depth_ == 0;
}

// ---- prologue

void Builder::set_base() {
  std::string base = resolve(reference_, at_);
  if (!is_absolute_iri(base))
    fail(at_, "BASE needs an absolute IRI", "an IRI with a scheme, such as <http://example.org/>");
  prologue_.base = std::move(base);
}

void Builder::declare_prefix() {
  std::string iri = resolve(reference_, at_);
  prefixes_[label_] = iri;
  prologue_.prefixes.emplace_back(label_, std::move(iri));
}

// The IRI of a prefix in use.
const std::string& Builder::prefix_iri(const std::string& label) {
  if (const auto found = prefixes_.find(label); found != prefixes_.end()) return found->second;
  const std::string_view known = supply_known_ ? known_prefix(label) : std::string_view();
  if (known.empty() && unknown_prefixes_) return prefixes_[label] = label + ":";
  if (known.empty()) undeclared_prefix(label, at_);
  prologue_.supplied.emplace_back(label, known);
  return prefixes_[label] = known;
}

void Builder::set_version() {
  prologue_.version = lexical_;
}

// ---- terms

Term Builder::pop_term() {
  return take_top(terms_);
}
Var Builder::pop_var() {
  return std::get<Var>(take_top(terms_));
}
Iri Builder::pop_iri() {
  return std::get<Iri>(take_top(terms_));
}

VarOrIri Builder::pop_var_or_iri() {
  Term term = pop_term();
  if (auto* variable = std::get_if<Var>(&term)) return std::move(*variable);
  return std::move(std::get<Iri>(term));
}

void Builder::finish_literal() {
  const std::uint32_t at = take_top(starts_);
  terms_.emplace_back(Literal{std::move(lexical_), std::string(kXsd) + "string", {}, Direction::none, {at}});
}

void Builder::typed_literal() {
  const std::uint32_t at = take_top(starts_);
  Iri type = pop_iri();
  terms_.emplace_back(Literal{std::move(lexical_), std::move(type.value), {}, Direction::none, {at}});
}

void Builder::mark_start() {
  starts_.push_back(at_);
}

void Builder::finish_triple_term() {
  TripleTerm triple;
  triple.object = pop_term();
  triple.predicate = pop_term();
  triple.subject = pop_term();
  triple.at = {take_top(starts_)};
  terms_.emplace_back(Box<TripleTerm>(std::move(triple)));
}

void Builder::push_rdf_type() {
  terms_.emplace_back(rdf("type", at_));
}

BlankNode Builder::fresh_blank(std::uint32_t at) {
  if (no_blanks_ != nullptr) fail(at, no_blanks_);
  return BlankNode{"." + std::to_string(++next_blank_), {at}};
}

void Builder::push_fresh_blank() {
  terms_.emplace_back(fresh_blank(at_));
}

// ---- triples

void Builder::see_variables(const Term& term, VariableSet& set) const {
  if (const auto* variable = std::get_if<Var>(&term)) {
    set.insert(variable->name);
  } else if (const auto* triple = std::get_if<Box<TripleTerm>>(&term)) {
    see_variables((*triple)->subject, set);
    see_variables((*triple)->predicate, set);
    see_variables((*triple)->object, set);
  }
}

void Builder::emit(Term subject, Verb verb, Term object, std::uint32_t at) {
  TriplePattern triple{std::move(subject), std::move(verb), std::move(object), {at}};
  if (sink_ == Sink::quads) {
    quads_.back().triples.push_back(std::move(triple));
    return;
  }
  GroupFrame& group = groups_.back();
  see_variables(triple.subject, group.visible);
  see_variables(triple.object, group.visible);
  if (const auto* variable = std::get_if<Var>(&triple.verb)) group.visible.insert(variable->name);
  if (!group.block) {
    group.block = group.pattern.elements.size();
    group.pattern.elements.emplace_back(TriplesBlock{});
  }
  std::get<TriplesBlock>(group.pattern.elements[*group.block]).triples.push_back(std::move(triple));
}

void Builder::open_subject() {
  SubjectFrame frame;
  frame.subject = pop_term();
  frame.at = location(frame.subject);
  subjects_.push_back(std::move(frame));
}

void Builder::close_subject() {
  subjects_.pop_back();
}

void Builder::open_blank_subject() {
  terms_.emplace_back(fresh_blank(at_));
  open_subject();
  subjects_.back().nested = true;
}

void Builder::close_blank_subject() {
  terms_.push_back(take_top(subjects_).subject);
}

void Builder::open_list() {
  starts_.push_back(at_);
  marks_.push_back(terms_.size());
}

void Builder::close_list() {
  const std::size_t mark = take_top(marks_);
  const std::uint32_t at = take_top(starts_);
  std::vector<Term> members(std::make_move_iterator(terms_.begin() + static_cast<std::ptrdiff_t>(mark)),
                            std::make_move_iterator(terms_.end()));
  terms_.resize(mark);
  const BlankNode head = fresh_blank(at);
  BlankNode cell = head;
  for (std::size_t i = 0; i < members.size(); ++i) {
    emit(cell, rdf("first", at), std::move(members[i]), at);
    if (i + 1 == members.size()) {
      emit(cell, rdf("rest", at), rdf("nil", at), at);
    } else {
      BlankNode next = fresh_blank(at);
      emit(cell, rdf("rest", at), next, at);
      cell = std::move(next);
    }
  }
  terms_.emplace_back(head);
}

void Builder::verb() {
  subjects_.back().verb = as_verb(pop_term());
}

void Builder::path_verb() {
  PathNode node = pop_path();
  if (node.path.kind == Path::Kind::link) {
    subjects_.back().verb = std::move(node.path.iri);
  } else {
    subjects_.back().verb = Box<Path>(std::move(node.path));
  }
}

void Builder::object() {
  Term object = pop_term();
  SubjectFrame& frame = subjects_.back();
  frame.reifier.reset();
  frame.object = object;
  emit(frame.subject, frame.verb, std::move(object), frame.at);
}

// The triple `reifier rdf:reifies <<( subject verb object )>>` of the innermost subject.
void Builder::reify(const Term& reifier) {
  const SubjectFrame& frame = subjects_.back();
  if (std::holds_alternative<Box<Path>>(frame.verb)) {
    fail(at_, "a reifier or an annotation needs a plain IRI or a variable as the verb, not a property path");
  }
  TripleTerm triple{frame.subject, as_term(frame.verb), frame.object, {frame.at}};
  emit(reifier, rdf("reifies", frame.at), Box<TripleTerm>(std::move(triple)), frame.at);
}

void Builder::annotation_reifier() {
  const Term reifier = pop_term();
  reify(reifier);
  subjects_.back().reifier = reifier;
}

void Builder::open_annotation() {
  if (!subjects_.back().reifier) {
    Term reifier = fresh_blank(at_);
    reify(reifier);
    subjects_.back().reifier = std::move(reifier);
  }
  SubjectFrame frame;
  frame.subject = *subjects_.back().reifier;
  frame.at = at_;
  frame.nested = true;
  subjects_.back().reifier.reset();
  subjects_.push_back(std::move(frame));
}

void Builder::close_annotation() {
  subjects_.pop_back();
}

void Builder::finish_reified() {
  const Term reifier = pop_term();
  TripleTerm triple;
  triple.object = pop_term();
  triple.predicate = pop_term();
  triple.subject = pop_term();
  const std::uint32_t at = take_top(starts_);
  triple.at = {at};
  emit(reifier, rdf("reifies", at), Box<TripleTerm>(std::move(triple)), at);
  terms_.push_back(reifier);
}

// ---- paths

Builder::PathNode Builder::pop_path() {
  return take_top(paths_);
}

void Builder::path_link() {
  PathNode node;
  node.path.iri = pop_iri();
  node.path.at = node.path.iri.at;
  paths_.push_back(std::move(node));
}

// Set behind the first operand, so that an absent path or expression leaves no mark.
void Builder::path_mark() {
  marks_.push_back(paths_.size() - 1);
}

void Builder::fold_path(Path::Kind kind) {
  const std::size_t mark = take_top(marks_);
  if (paths_.size() - mark == 1) return;
  PathNode node;
  node.path.kind = kind;
  node.path.at = paths_[mark].path.at;
  for (std::size_t i = mark; i < paths_.size(); ++i) {
    node.height = std::max(node.height, paths_[i].height + 1);
    node.path.parts.push_back(std::move(paths_[i].path));
  }
  note_height(node.height);
  paths_.resize(mark);
  paths_.push_back(std::move(node));
}

void Builder::path_fold_sequence() {
  fold_path(Path::Kind::sequence);
}
void Builder::path_fold_alternative() {
  fold_path(Path::Kind::alternative);
}

void Builder::path_inverse() {
  PathNode inner = pop_path();
  PathNode node;
  node.path.kind = Path::Kind::inverse;
  node.path.at = inner.path.at;
  node.height = inner.height + 1;
  note_height(node.height);
  node.path.parts.push_back(std::move(inner.path));
  paths_.push_back(std::move(node));
}

void Builder::repeat_path(std::uint32_t min, std::uint32_t max) {
  PathNode inner = pop_path();
  PathNode node;
  node.path.kind = Path::Kind::repeat;
  node.path.at = inner.path.at;
  node.path.min = min;
  node.path.max = max;
  node.height = inner.height + 1;
  note_height(node.height);
  node.path.parts.push_back(std::move(inner.path));
  paths_.push_back(std::move(node));
}

void Builder::path_optional() {
  repeat_path(0, 1);
}
void Builder::path_star() {
  repeat_path(0, Path::kUnbounded);
}
void Builder::path_plus() {
  repeat_path(1, Path::kUnbounded);
}

void Builder::path_open_counts() {
  counts_at_ = at_;
  least_ = 0;
}

std::uint32_t Builder::repetitions() const {
  std::uint32_t count = 0;
  const char* const last = lexical_.data() + lexical_.size();
  const auto [end, error] = std::from_chars(lexical_.data(), last, count);
  if (error != std::errc() || count > kMaxRepetitions)
    fail(at_, "a path is repeated at most " + std::to_string(kMaxRepetitions) + " times",
         "a smaller number, or none behind the comma: {2,}");
  return count;
}

void Builder::path_least() {
  least_ = most_ = repetitions();
}
void Builder::path_most() {
  most_ = repetitions();
}
void Builder::path_no_most() {
  most_ = Path::kUnbounded;
}

void Builder::path_repeat() {
  if (least_ > most_)
    fail(counts_at_,
         "a path cannot be repeated at least " + std::to_string(least_) + " and at most " +
             std::to_string(most_) + " times",
         "the smaller number first");
  repeat_path(least_, most_);
}

void Builder::path_open_negated() {
  PathNode node;
  node.path.kind = Path::Kind::negated;
  node.path.at = {at_};
  paths_.push_back(std::move(node));
}

void Builder::path_excluded() {
  paths_.back().path.excluded.push_back({pop_iri(), false});
}
void Builder::path_excluded_inverse() {
  paths_.back().path.excluded.push_back({pop_iri(), true});
}

}  // namespace dossier::grammar
