// The automaton of a property path accepts exactly the words of its expression: random expressions against a
// matcher written straight from the definition.
#include "engine/path/automaton.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>

#include "engine/dossier.h"

namespace dossier {
namespace {

using grammar::Path;

// Words are strings over a, b (edges walked forwards) and A, B (backwards).
Path link(char name) {
  Path path;
  path.iri.value = std::string(1, name);
  return path;
}

Path compound(Path::Kind kind, std::vector<Path> parts, std::uint32_t min = 1, std::uint32_t max = 1) {
  Path path;
  path.kind = kind;
  path.parts = std::move(parts);
  path.min = min;
  path.max = max;
  return path;
}

Path negated(std::vector<std::pair<char, bool>> excluded) {
  Path path;
  path.kind = Path::Kind::negated;
  for (const auto& [name, inverse] : excluded) path.excluded.push_back({{std::string(1, name), {}}, inverse});
  return path;
}

char swap_case(char c) {
  return static_cast<char>(c ^ 0x20);
}

// The ends at which a match of `path` that begins at `from` may stop.
std::set<std::size_t> ends(const Path& path, const std::string& word, std::size_t from, bool inverse) {
  std::set<std::size_t> result;
  const auto after = [&](const Path& part, const std::set<std::size_t>& starts, bool part_inverse) {
    std::set<std::size_t> all;
    for (std::size_t start : starts) all.merge(ends(part, word, start, part_inverse));
    return all;
  };
  switch (path.kind) {
    case Path::Kind::link: {
      const char wanted = inverse ? swap_case(path.iri.value[0]) : path.iri.value[0];
      if (from < word.size() && word[from] == wanted) result.insert(from + 1);
      break;
    }
    case Path::Kind::inverse:
      return ends(path.parts[0], word, from, !inverse);
    case Path::Kind::sequence: {
      std::set<std::size_t> reached{from};
      for (std::size_t i = 0; i < path.parts.size(); ++i)
        reached = after(path.parts[inverse ? path.parts.size() - 1 - i : i], reached, inverse);
      return reached;
    }
    case Path::Kind::alternative:
      for (const auto& part : path.parts) result.merge(ends(part, word, from, inverse));
      break;
    case Path::Kind::repeat: {
      std::set<std::size_t> reached{from};
      // More rounds than letters reach nothing new.
      const std::uint32_t most =
          std::min<std::uint32_t>(path.max, path.min + static_cast<std::uint32_t>(word.size()) + 1);
      for (std::uint32_t round = 0; round <= most; ++round) {
        if (round >= path.min) result.insert(reached.begin(), reached.end());
        reached = after(path.parts[0], reached, inverse);
      }
      break;
    }
    case Path::Kind::negated: {
      if (from >= word.size()) break;
      const bool backwards = (word[from] < 'a') != inverse;
      const char name = word[from] < 'a' ? swap_case(word[from]) : word[from];
      bool has_forward = path.excluded.empty(), has_backward = false, named = false;
      for (const auto& step : path.excluded) {
        (step.inverse ? has_backward : has_forward) = true;
        named = named || (step.inverse == backwards && step.iri.value[0] == name);
      }
      if ((backwards ? has_backward : has_forward) && !named) result.insert(from + 1);
      break;
    }
  }
  return result;
}

Id id_of(const std::string& iri) {
  return Id::make(Tag::iri, static_cast<unsigned char>(iri[0]));
}

bool accepts(const PathAutomaton& automaton, const std::string& word) {
  std::set<std::uint32_t> states{0};
  for (char letter : word) {
    const bool backwards = letter < 'a';
    const Id predicate = id_of(std::string(1, backwards ? swap_case(letter) : letter));
    std::set<std::uint32_t> next;
    for (std::uint32_t state : states)
      for (const auto& transition : automaton.forward[state]) {
        const PathLabel& label = automaton.labels[transition.label];
        if (label.inverse != backwards) continue;
        const bool excluded =
            std::find(label.excluded.begin(), label.excluded.end(), predicate) != label.excluded.end();
        if (label.kind == PathLabel::Kind::link ? label.predicate == predicate : !excluded)
          next.insert(transition.state);
      }
    states.swap(next);
  }
  for (std::uint32_t state : states)
    if (automaton.accepting[state]) return true;
  return false;
}

Path random_path(int depth) {
  const int kind = depth == 0 ? *rc::gen::inRange(0, 2) : *rc::gen::inRange(0, 8);
  const auto part = [&] { return random_path(depth - 1); };
  switch (kind) {
    case 0:
      return link('a');
    case 1:
      return link('b');
    case 2:
      return compound(Path::Kind::inverse, {part()});
    case 3:
      return compound(Path::Kind::sequence, {part(), part()});
    case 4:
      return compound(Path::Kind::alternative, {part(), part()});
    case 5: {
      const auto min = *rc::gen::inRange<std::uint32_t>(0, 3);
      return compound(Path::Kind::repeat, {part()}, min, min + *rc::gen::inRange<std::uint32_t>(0, 3));
    }
    case 6:
      return compound(Path::Kind::repeat, {part()}, *rc::gen::inRange<std::uint32_t>(0, 3), Path::kUnbounded);
    default:
      return negated(*rc::gen::container<std::vector<std::pair<char, bool>>>(
          rc::gen::pair(rc::gen::element('a', 'b'), rc::gen::arbitrary<bool>())));
  }
}

RC_GTEST_PROP(Automaton, AcceptsTheWordsOfItsExpression, ()) {
  const Path path = random_path(3);
  const PathAutomaton automaton = build_automaton(path, id_of);
  std::vector<std::string> words{""};
  for (std::size_t i = 0; words[i].size() < 4; ++i)
    for (char letter : {'a', 'b', 'A', 'B'}) words.push_back(words[i] + letter);
  for (const auto& word : words)
    RC_ASSERT(accepts(automaton, word) == (ends(path, word, 0, false).count(word.size()) > 0));
}

TEST(Automaton, BoundsTheNumberOfStates) {
  const Path inner = compound(Path::Kind::repeat, {link('a')}, 1000, 1000);
  const Path outer = compound(Path::Kind::repeat, {inner}, 1000, 1000);
  EXPECT_THROW(build_automaton(outer, id_of), LimitError);
}

TEST(Automaton, TakesTheProductOfBoundsThatIsAllowed) {
  const Path inner = compound(Path::Kind::repeat, {link('a')}, 0, 1000);
  EXPECT_EQ(build_automaton(compound(Path::Kind::repeat, {inner}, 100, 100), id_of).states(), 100'001U);
  EXPECT_THROW(build_automaton(compound(Path::Kind::repeat, {inner}, 0, 101), id_of), LimitError);
}

TEST(Automaton, GrowsWithTheCopiesAlone) {
  const PathAutomaton automaton =
      build_automaton(compound(Path::Kind::repeat, {link('a')}, 1, 10'000), id_of);
  EXPECT_EQ(automaton.states(), 10'001U);
  std::size_t transitions = 0;
  for (const auto& from : automaton.forward) transitions += from.size();
  EXPECT_EQ(transitions, 10'000U);
}

std::size_t states(const Path& path) {
  return build_automaton(path, id_of).states();
}
Path repeat(Path part, std::uint32_t min, std::uint32_t max = Path::kUnbounded) {
  return compound(Path::Kind::repeat, {std::move(part)}, min, max);
}
Path either(std::vector<Path> parts) {
  return compound(Path::Kind::alternative, std::move(parts));
}
Path sequence(std::vector<Path> parts) {
  return compound(Path::Kind::sequence, std::move(parts));
}

TEST(Automaton, HasNoMoreStatesThanNeeded) {
  EXPECT_EQ(states(repeat(link('a'), 1)), 2U);
  EXPECT_EQ(states(repeat(link('a'), 0)), 1U);
  EXPECT_EQ(states(repeat(either({link('a'), link('b')}), 0)), 1U);
  EXPECT_EQ(states(repeat(sequence({repeat(link('a'), 0), repeat(link('b'), 0)}), 0)), 1U);
  EXPECT_EQ(states(repeat(either({link('a'), link('b'), compound(Path::Kind::inverse, {link('c')})}), 1, 50)),
            51U);
  // Two circles that lead round alike.
  const auto circle = [&] { return repeat(sequence({link('b'), link('c')}), 1); };
  EXPECT_EQ(states(either({sequence({link('a'), circle()}), sequence({link('d'), circle()})})), 4U);
}

TEST(Automaton, WhatNoEdgeCanFollowIsLeftOut) {
  const auto resolve = [](const std::string& iri) { return iri == "x" ? kUnbound : id_of(iri); };
  const auto build = [&](const Path& path) { return build_automaton(path, resolve); };
  EXPECT_EQ(build(sequence({link('a'), link('x')})).states(), 1U);
  EXPECT_TRUE(build(sequence({link('a'), link('x')})).labels.empty());
  EXPECT_FALSE(build(sequence({link('a'), link('x')})).accepts_empty());
  EXPECT_TRUE(build(repeat(link('x'), 0)).accepts_empty());
  const PathAutomaton rest = build(repeat(either({link('a'), link('x')}), 1));
  EXPECT_EQ(rest.states(), 2U);
  EXPECT_EQ(rest.labels.size(), 1U);
}

}  // namespace
}  // namespace dossier
