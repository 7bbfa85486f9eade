#include "tests/differential/compare.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "tests/isomorphism.h"

namespace dossier::differential {
namespace {

std::string node_text(const NodePtr& node, bool loose) {
  if (!loose) return node->key;
  if (node->kind == TermKind::triple)
    return "<<( " + node_text(node->subject, loose) + " " + node->predicate->key + " " +
           node_text(node->object, loose) + " )>>";
  try {
    if (const auto number = numeric(node)) {
      char text[64];
      std::snprintf(text, sizeof text, "%.5g", as_double(*number) + 0.0);
      return std::string(text) + "^^" + node->datatype;
    }
  } catch (const Unspecified&) {
    return node->key;  // a number too large to be computed is one of the data
  }
  return node->key;
}

std::string row_text(const Solution& row, const std::vector<std::string>& variables, bool loose) {
  std::string text;
  for (const std::string& name : variables) {
    const auto found = row.find(name);
    text += "?" + name + " = " + (found == row.end() ? "-" : node_text(found->second, loose)) + "  ";
  }
  return text;
}

// A multiset as counts.
using Counts = std::map<std::string, std::size_t>;

std::string compare_counts(const Counts& expected, const Counts& given, bool reduced) {
  for (const auto& [text, count] : given) {
    const auto found = expected.find(text);
    const std::size_t wanted = found == expected.end() ? 0 : found->second;
    if (count > wanted)
      return "a row too much: " + text + "(" + std::to_string(count) + ", not " + std::to_string(wanted) +
             ")";
  }
  for (const auto& [text, wanted] : expected) {
    const auto found = given.find(text);
    const std::size_t count = found == given.end() ? 0 : found->second;
    if (reduced ? count == 0 : count < wanted)
      return "a row too few: " + text + "(" + std::to_string(count) + ", not " + std::to_string(wanted) + ")";
  }
  return {};
}

std::string compare_rows(const Answer& expected, const Answer& given, bool loose) {
  std::vector<std::string> variables = expected.variables;
  std::sort(variables.begin(), variables.end());
  std::vector<std::string> other = given.variables;
  std::sort(other.begin(), other.end());
  if (variables != other) return "other variables";

  Counts wanted;
  Counts found;
  std::map<std::string, std::vector<NodePtr>> keys;  // of a row; rows whose like have several are left out
  std::map<std::string, bool> several;
  for (std::size_t i = 0; i < expected.rows.size(); ++i) {
    const std::string text = row_text(expected.rows[i], variables, loose);
    ++wanted[text];
    if (expected.order_keys.empty()) continue;
    const auto [at, added] = keys.try_emplace(text, expected.order_keys[i]);
    if (!added && !std::equal(at->second.begin(), at->second.end(), expected.order_keys[i].begin(), same))
      several[text] = true;
  }
  std::vector<std::string> sequence;
  for (const Solution& row : given.rows) {
    sequence.push_back(row_text(row, variables, loose));
    ++found[sequence.back()];
  }
  const std::size_t size = expected.rows.size();
  const std::size_t from = std::min<std::size_t>(expected.offset, size);
  const std::size_t to =
      expected.limit ? std::min<std::size_t>(size, from + std::min<std::size_t>(*expected.limit, size))
                     : size;
  if (!is_sliced(expected)) {
    if (std::string text = compare_counts(wanted, found, expected.reduced); !text.empty()) return text;
  } else {
    if (!expected.reduced && given.rows.size() != to - from)
      return std::to_string(given.rows.size()) + " rows, not " + std::to_string(to - from);
    for (const auto& [text, count] : found)
      if (count > wanted[text]) return "a row too much: " + text;
  }
  if (expected.descending.empty()) return {};
  const auto key_of = [&](std::size_t i) -> const std::vector<NodePtr>* {
    const std::string& text = sequence[i];
    return several.count(text) != 0 ? nullptr : &keys.at(text);
  };
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    const auto* key = key_of(i);
    if (key == nullptr) continue;
    for (std::size_t j = i + 1; j < sequence.size(); ++j)
      if (const auto* later = key_of(j);
          later != nullptr && strictly_before(*later, *key, expected.descending))
        return "not in order: " + sequence[i] + " before " + sequence[j];
    if (expected.reduced) continue;
    std::size_t before = 0;
    std::size_t after = 0;
    for (const auto& row_key : expected.order_keys) {
      if (strictly_before(row_key, *key, expected.descending)) ++before;
      if (strictly_before(*key, row_key, expected.descending)) ++after;
    }
    const std::size_t place = from + i;
    if (place < before || place + after >= size) return "out of its place: " + sequence[i];
  }
  return {};
}

Term term_of(const NodePtr& node) {
  switch (node->kind) {
    case TermKind::iri:
      return Term::iri(node->text);
    case TermKind::blank:
      return Term::blank(node->text);
    case TermKind::literal:
      if (!node->language.empty()) return Term::tagged(node->text, node->language, node->direction);
      return Term::typed(node->text, node->datatype);
    case TermKind::triple:
      break;
  }
  return Term::triple(term_of(node->subject), term_of(node->predicate), term_of(node->object));
}

std::string triple_text(const Triple& triple) {
  return triple.subject->key + " " + triple.predicate->key + " " + triple.object->key;
}

// A set: no triple twice.
std::vector<Quad> quads_of(const Graph& graph) {
  std::vector<Quad> quads;
  std::set<std::string> seen;
  for (const Triple& triple : graph)
    if (seen.insert(triple_text(triple)).second)
      quads.push_back(
          {term_of(triple.subject), term_of(triple.predicate), term_of(triple.object), std::nullopt});
  return quads;
}

std::string compare_description(const Answer& expected, const Answer& given) {
  std::map<std::string, bool> there;
  for (const Triple& triple : expected.triples) there[triple_text(triple)] = true;
  std::map<std::string, bool> said;
  for (const Triple& triple : given.triples) {
    if (there.count(triple_text(triple)) == 0) return "a triple that is not there: " + triple_text(triple);
    said[triple_text(triple)] = true;
  }
  for (const Triple& triple : expected.triples)
    for (const NodePtr& node : expected.described)
      if (same(node, triple.subject) && said.count(triple_text(triple)) == 0)
        return "a triple that is left out: " + triple_text(triple);
  return {};
}

}  // namespace

bool is_sliced(const Answer& answer) {
  return answer.limit.has_value() || answer.offset != 0;
}

std::string difference(const Answer& expected, const Answer& given, bool loose) {
  if (given.kind == Answer::Kind::failed) return "it failed: " + given.failure;
  switch (expected.kind) {
    case Answer::Kind::solutions:
      return compare_rows(expected, given, loose);
    case Answer::Kind::boolean:
      return expected.boolean == given.boolean ? "" : given.boolean ? "true, not false" : "false, not true";
    case Answer::Kind::triples:
      return test::isomorphic(quads_of(expected.triples), quads_of(given.triples)) ? "" : "another graph";
    case Answer::Kind::description:
      return compare_description(expected, given);
    case Answer::Kind::failed:
      break;
  }
  return {};
}

std::string to_text(const Answer& answer) {
  std::string text;
  switch (answer.kind) {
    case Answer::Kind::failed:
      return "failed: " + answer.failure + "\n";
    case Answer::Kind::boolean:
      return answer.boolean ? "true\n" : "false\n";
    case Answer::Kind::triples:
    case Answer::Kind::description:
      for (const Triple& triple : answer.triples) text += triple_text(triple) + "\n";
      return text;
    case Answer::Kind::solutions:
      break;
  }
  std::vector<std::string> lines;
  for (const Solution& row : answer.rows) lines.push_back(row_text(row, answer.variables, false));
  if (answer.descending.empty()) std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) text += line + "\n";
  return text + std::to_string(lines.size()) + " rows" +
         (is_sliced(answer) ? ", before LIMIT and OFFSET" : "") + "\n";
}

}  // namespace dossier::differential
