#include "shell/hint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

#include "engine/model/term.h"
#include "shell/arguments.h"
#include "shell/console.h"
#include "shell/date_advice.h"
#include "shell/local_name.h"

namespace dossier::shell {
namespace {

constexpr double kLargeAnswer = 1e6;  // rows
constexpr double kLargeStep = 1e9;
constexpr std::size_t kMostHints = 4;

constexpr std::array<std::string_view, 4> kNamePredicates = {
    "http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://xmlns.com/foaf/0.1/name", "http://schema.org/name"};

// "12" -> "12", "4741046" -> "4,700,000": an estimate has no more than two digits that mean something.
std::string about(double rows) {
  double unit = 1;
  while (rows / unit >= 100) unit *= 10;
  return with_commas(
      static_cast<std::uint64_t>(static_cast<double>(static_cast<std::uint64_t>(rows / unit)) * unit));
}

std::string count_of(std::uint64_t number, const char* one, const char* many) {
  return fmt::format("{} {}", with_commas(number), number == 1 ? one : many);
}

// What a query names: IRIs and literals in its patterns.
struct Named {
  Term term;
  bool predicate = false;
  bool type = false;            // the object of rdf:type
  bool elective = false;        // an answer may do without it
  std::optional<Term> of = {};  // a literal: its predicate
};

class Collector {
 public:
  std::vector<Named> named;

  void group(const grammar::GroupPattern& pattern) {
    for (const auto& element : pattern.elements) std::visit([&](const auto& one) { visit(one); }, element);
  }

 private:
  void visit(const grammar::TriplesBlock& block) {
    for (const auto& triple : block.triples) {
      const auto* const verb = std::get_if<grammar::Iri>(&triple.verb);
      if (verb != nullptr) add(verb->value, true, false);
      if (const auto* const path = std::get_if<grammar::Box<grammar::Path>>(&triple.verb)) add_path(**path);
      const bool type = verb != nullptr && verb->value == iri::kRdfType;
      if (const auto* const subject = std::get_if<grammar::Iri>(&triple.subject))
        add(subject->value, false, false);
      if (const auto* const object = std::get_if<grammar::Iri>(&triple.object))
        add(object->value, false, type);
      if (const auto* const literal = std::get_if<grammar::Literal>(&triple.object);
          literal != nullptr && literal->language.empty() && verb != nullptr)
        named.push_back({Term::typed(literal->lexical, literal->datatype), false, false, elective_,
                         Term::iri(verb->value)});
    }
  }
  void visit(const grammar::GraphPattern& graph) { group(*graph.pattern); }
  void visit(const grammar::SubSelect& select) { group(select.query->where); }
  void visit(const grammar::OptionalPattern& optional) { elective(*optional.pattern); }
  void visit(const grammar::MinusPattern& minus) { elective(*minus.pattern); }
  void visit(const grammar::UnionPattern& branches) {
    // Of an empty answer all branches are empty.
    for (const auto& branch : branches.branches) group(branch);
  }
  template <typename Other>
  void visit(const Other&) {}

  void elective(const grammar::GroupPattern& pattern) {
    const bool outer = std::exchange(elective_, true);
    group(pattern);
    elective_ = outer;
  }
  void add(const std::string& iri, bool predicate, bool type) {
    named.push_back({Term::iri(iri), predicate, type, elective_});
  }
  // Only links that every path has.
  void add_path(const grammar::Path& path) {
    using Kind = grammar::Path::Kind;
    if (path.kind == Kind::link) add(path.iri.value, true, false);
    if (path.kind == Kind::inverse || path.kind == Kind::sequence ||
        (path.kind == Kind::repeat && path.min > 0))
      for (const auto& part : path.parts) add_path(part);
  }

  bool elective_ = false;
};

// What a name is, however its words are parted: of `Make_a_visit` and `make-a-visit` the same.
std::string letters(std::string_view name) {
  std::string text;
  for (const char c : name)
    if (c != '_' && c != '-') text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// The pattern in brackets of an index scan or join.
std::string_view pattern_of(std::string_view details) {
  const std::size_t open = details.find('[');
  const std::size_t close = details.rfind(']');
  return open == std::string_view::npos || close == std::string_view::npos || close < open
             ? details
             : details.substr(open + 1, close - open - 1);
}

double largest_step(const PlanStep& step) {
  double most = step.estimated_rows;
  for (const PlanStep& input : step.inputs) most = std::max(most, largest_step(input));
  return most;
}

// The innermost step that handed out nothing.
const PlanStep* first_empty(const PlanStep& step) {
  for (const PlanStep& input : step.inputs)
    if (input.rows == 0 && input.ended)
      if (const PlanStep* const found = first_empty(input)) return found;
  return step.rows == 0 ? &step : nullptr;
}

// One letter changed, left out, put in, or two swapped; another case of the first.
std::vector<std::string> near(std::string_view word) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  std::vector<std::string> found;
  std::string text(word);
  if (!text.empty()) {
    std::string other = text;
    const auto first = static_cast<unsigned char>(other.front());
    other.front() = static_cast<char>(std::isupper(first) ? std::tolower(first) : std::toupper(first));
    found.push_back(other);
  }
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size()) found.push_back(text.substr(0, i) + text.substr(i + 1));
    if (i + 1 < text.size()) found.push_back(text.substr(0, i) + text[i + 1] + text[i] + text.substr(i + 2));
    for (const char letter : kLetters) {
      found.push_back(text.substr(0, i) + letter + text.substr(i));
      if (i < text.size()) found.push_back(text.substr(0, i) + letter + text.substr(i + 1));
    }
  }
  return found;
}

}  // namespace

std::vector<std::string> Hints::before(const Result& result) {
  if (result.kind() == Result::Kind::boolean) return {};
  const auto plan = result.plan();
  if (!plan) return {};
  if (plan->estimated_rows >= kLargeAnswer)
    return {fmt::format("about {} rows are expected; Ctrl-C stops, LIMIT 100 shows some",
                        about(plan->estimated_rows))};
  if (const double most = largest_step(*plan); most >= kLargeStep)
    return {fmt::format("a step of the plan expects about {} rows (.explain shows it); Ctrl-C stops",
                        about(most))};
  return {};
}

std::vector<std::string> Hints::after(const grammar::Query& query, const std::optional<PlanStep>& plan,
                                      bool empty) {
  Collector collector;
  std::visit(
      [&](const auto& form) {
        if constexpr (requires { form.where.elements; }) collector.group(form.where);
      },
      query.form);
  std::vector<std::string> hints;
  std::set<std::string> told;
  for (const Named& one : collector.named) {
    if (hints.size() == kMostHints) break;
    const bool counts = empty ? !one.elective : one.predicate || one.type;
    if (!counts || !told.insert(one.term.to_string()).second) continue;
    const auto hint = one.of ? unknown_literal(one.term, one.of) : unknown(one.term, one.predicate, one.type);
    if (hint) hints.push_back(*hint);
  }
  if (!empty || !hints.empty() || !plan || std::holds_alternative<grammar::AskQuery>(query.form))
    return hints;
  if (std::string text = date_advice(query); !text.empty()) hints.push_back(std::move(text));
  if (const PlanStep* const step = first_empty(*plan))
    if (std::string text = emptied(*step); !text.empty()) hints.push_back(std::move(text));
  return hints;
}

// ---- terms that are not in the store

std::optional<std::string> Hints::unknown(const Term& term, bool predicate, bool type) {
  QuadPattern pattern;
  if (predicate) {
    if (vocabulary_.triples(term) > 0) return std::nullopt;
  } else if (type) {
    pattern.predicate = Term::iri(iri::kRdfType);
    pattern.object = term;
    if (context_.session.count(pattern) > 0) return std::nullopt;
  } else {
    pattern.subject = term;
    if (context_.session.count(pattern) > 0) return std::nullopt;
    pattern.object = std::exchange(pattern.subject, std::nullopt);
    if (context_.session.count(pattern) > 0 || vocabulary_.triples(term) > 0) return std::nullopt;
  }
  return fmt::format("{} {}{}",
                     predicate ? "no triple has the predicate"
                     : type    ? "nothing is of the type"
                               : "nothing is said of",
                     vocabulary_.name(term), did_you_mean(term, predicate, type));
}

// The candidate that is written nearly so, or in another namespace.
std::string Hints::did_you_mean(const Term& iri, bool predicate, bool type) {
  const std::string_view local = local_name(iri.value());
  if (predicate || type) {
    const auto& candidates = predicate ? vocabulary_.predicates() : vocabulary_.classes();
    const auto meant = [&](const Frequency& one) {
      return fmt::format(
          "; did you mean {} ({})?", vocabulary_.name(one.term),
          predicate ? count_of(one.quads, "triple", "triples") : count_of(one.quads, "entity", "entities"));
    };
    for (const Frequency& one : candidates)
      if (one.term.is_iri() && letters(local_name(one.term.value())) == letters(local)) return meant(one);
    std::vector<std::string_view> names;
    for (const Frequency& one : candidates)
      if (one.term.is_iri()) names.push_back(local_name(one.term.value()));
    const std::string near_name = shell::did_you_mean(local, names);
    for (const Frequency& one : candidates)
      if (!near_name.empty() && near_name == fmt::format(", did you mean {}?", local_name(one.term.value())))
        return meant(one);
    return {};
  }
  const std::string_view space = iri.value().substr(0, iri.value().size() - local.size());
  const auto found = [&](const std::string& other) -> std::string {
    const Term candidate = Term::iri(other);
    QuadPattern pattern;
    pattern.subject = candidate;
    const std::uint64_t out = context_.session.count(pattern);
    pattern.object = std::exchange(pattern.subject, std::nullopt);
    const std::uint64_t in = context_.session.count(pattern);
    return out + in == 0 ? std::string()
                         : fmt::format("; did you mean {} ({})?", vocabulary_.name(candidate),
                                       count_of(out + in, "triple", "triples"));
  };
  for (const auto& [label, other] : context_.prefixes)
    if (other != space)
      if (std::string text = found(other + std::string(local)); !text.empty()) return text;
  constexpr std::size_t kLongest = 40;  // letters; a look-up for each change of each of them
  if (local.size() > 2 && local.size() <= kLongest)
    for (const std::string& other : near(local))
      if (std::string text = found(std::string(space) + other); !text.empty()) return text;
  // By what people call it. Making the index of names is not a hint's to do.
  if (!context_.store.has_label_index()) return {};
  LabelOptions options;
  options.limit = 1;
  options.timeout = std::chrono::milliseconds(500);
  try {
    for (const LabelHit& hit : context_.session.find_labels(shell::readable(local), options))
      if (hit.subject.is_iri()) return found(std::string(hit.subject.value()));
  } catch (const LimitError&) {
  }
  return {};
}

// The name of a thing where the thing itself is meant.
std::optional<std::string> Hints::named_so(const Term& literal, const Term& predicate) {
  if (predicate == Term::iri(kNamePredicates.front())) return std::nullopt;
  for (const std::string_view naming : kNamePredicates) {
    QuadPattern names;
    names.predicate = Term::iri(naming);
    names.object = literal;
    names.any_graph = true;
    QuadCursor found = context_.session.match(names);
    constexpr int kSome = 20;
    for (int i = 0; i < kSome && found.next(); ++i) {
      QuadPattern meant;
      meant.predicate = predicate;
      meant.object = found.quad().subject;
      if (const std::uint64_t triples = context_.session.count(meant); triples > 0)
        return fmt::format("no {} is the text {}; did you mean the thing of that name, {} ({})?",
                           vocabulary_.name(predicate), literal.to_string(), vocabulary_.name(*meant.object),
                           count_of(triples, "triple", "triples"));
    }
  }
  return std::nullopt;
}

// A plain text where the store has it with a language tag, or with another datatype.
std::optional<std::string> Hints::unknown_literal(const Term& literal, const std::optional<Term>& predicate) {
  QuadPattern pattern;
  pattern.predicate = predicate;
  pattern.object = literal;
  if (context_.session.count(pattern) > 0 || vocabulary_.triples(*predicate) == 0) return std::nullopt;
  // How other objects of the predicate are written.
  pattern.object.reset();
  pattern.any_graph = true;
  QuadCursor some = context_.session.match(pattern);
  constexpr int kSome = 100;
  std::set<std::string> tried;
  for (int i = 0; i < kSome && some.next(); ++i) {
    const Term& other = some.quad().object;
    if (!other.is_literal()) continue;
    const Term same = other.language().empty()
                          ? Term::typed(literal.value(), other.datatype())
                          : Term::tagged(literal.value(), other.language(), other.direction());
    if (!tried.insert(same.to_string()).second) continue;
    QuadPattern with;
    with.predicate = predicate;
    with.object = same;
    if (const std::uint64_t triples = context_.session.count(with); triples > 0)
      return fmt::format("no {} is {}; did you mean {} ({})?", vocabulary_.name(*predicate),
                         literal.to_string(), same.to_string(), count_of(triples, "triple", "triples"));
  }
  return named_so(literal, *predicate);
}

// ---- where an answer became empty

std::string Hints::readable(std::string_view details) const {
  std::string text;
  constexpr std::string_view kUnnamed = "?._:";  // a node that the query does not name, and its number
  for (std::size_t i = 0; i < details.size();) {
    if (details.substr(i).starts_with(kUnnamed)) {
      text += "[]";
      i = std::min(details.find(' ', i), details.size());
      continue;
    }
    const std::size_t close = details[i] == '<' ? details.find('>', i) : std::string_view::npos;
    if (close == std::string_view::npos || details.substr(i, close - i).find(' ') != std::string_view::npos) {
      text += details[i++];
      continue;
    }
    text += vocabulary_.name(Term::iri(details.substr(i + 1, close - i - 1)));
    i = close + 1;
  }
  return text;
}

// How many triples the predicate of a pattern has, in brackets.
std::string Hints::of_predicate(std::string_view pattern) const {
  const std::size_t begin = pattern.find(' ');
  const std::size_t end = pattern.find(' ', begin + 1);
  if (begin == std::string_view::npos || end == std::string_view::npos) return {};
  const std::string_view word = pattern.substr(begin + 1, end - begin - 1);
  if (!word.starts_with('<') || !word.ends_with('>')) return {};
  const Term predicate = Term::iri(word.substr(1, word.size() - 2));
  const std::uint64_t triples = vocabulary_.triples(predicate);
  if (triples == 0) return {};
  return fmt::format(" ({} has {})", vocabulary_.name(predicate), count_of(triples, "triple", "triples"));
}

std::string Hints::emptied(const PlanStep& step) const {
  const auto pattern = [&](const PlanStep& one) { return readable(pattern_of(one.details)); };
  const auto described = [&](const PlanStep& one) {
    return one.inputs.empty() && one.details.find('[') != std::string::npos
               ? fmt::format("{} has {}", pattern(one), count_of(one.rows, "solution", "solutions"))
               : fmt::format("the patterns before have {}", count_of(one.rows, "solution", "solutions"));
  };
  if (step.inputs.empty()) {
    if (step.name != "index scan") return {};
    const bool bounded = step.details.find("range") != std::string::npos;
    return fmt::format("no triple matches {}{}{}", pattern(step),
                       bounded ? " within the bounds of FILTER" : "", of_predicate(pattern_of(step.details)));
  }
  const PlanStep& first = step.inputs.front();
  if (step.name == "index join")
    return fmt::format("{}, but none goes on with {}", described(first), pattern(step));
  if (step.name == "filter")
    return fmt::format("{}, and FILTER ({}) leaves none of them", described(first),
                       step.details.starts_with("on ") ? step.details : "on " + step.details);
  if (step.inputs.size() == 2 && step.name.find("join") != std::string::npos)
    return fmt::format("{}, {}, but none agree{}", described(first), described(step.inputs[1]),
                       step.details.starts_with("on ") ? " " + step.details : std::string());
  if (step.name.find("minus") != std::string::npos)
    return fmt::format("{}, and MINUS or NOT EXISTS leaves none of them", described(first));
  if (step.name.starts_with("path"))
    return first.name == "values" ? std::string("there is no such path between the two ends")
                                  : fmt::format("{}, but no such path leads on from them", described(first));
  if (step.name == "slice") return fmt::format("{}, and OFFSET or LIMIT leaves none of them", described(first));
  if (step.name.find("exists") != std::string::npos)
    return fmt::format("{}, and EXISTS leaves none of them", described(first));
  if (first.rows > 0) return fmt::format("{}, and {} leaves none of them", described(first), step.name);
  return {};
}

}  // namespace dossier::shell
