#include "tests/isomorphism.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_map>

namespace dossier::test {
namespace {

// A term as tokens: a ground term is a number that both sides share, blank node n is -1 - n, an unbound cell
// and the opening of a triple term have numbers of their own.
using Token = std::int64_t;
constexpr Token kUnboundCell = 0;
constexpr Token kTriple = 1;
using Tokens = std::vector<Token>;

using GroundTerms = std::unordered_map<std::string, Token>;

struct Side {
  std::vector<Tokens> rows;
  std::size_t blanks = 0;
};

class Compiler {
 public:
  explicit Compiler(GroundTerms& ground) : ground_(ground) {}

  Side compile(const std::vector<TermRow>& rows) {
    Side side;
    for (const TermRow& row : rows) {
      Tokens& tokens = side.rows.emplace_back();
      for (const auto& cell : row)
        if (cell)
          add(*cell, tokens);
        else
          tokens.push_back(kUnboundCell);
    }
    side.blanks = blanks_.size();
    return side;
  }

 private:
  void add(const Term& term, Tokens& tokens) {
    if (term.is_triple()) {
      tokens.push_back(kTriple);
      for (const Term* part : {&term.subject(), &term.predicate(), &term.object()}) add(*part, tokens);
    } else if (term.is_blank()) {
      const auto at =
          blanks_.try_emplace(std::string(term.value()), static_cast<Token>(blanks_.size())).first;
      tokens.push_back(-1 - at->second);
    } else {
      tokens.push_back(ground_.try_emplace(key(term), static_cast<Token>(ground_.size()) + 2).first->second);
    }
  }

  static std::string key(const Term& term) {
    if (term.language().empty()) return term.to_string();
    std::string tag(term.language());
    std::transform(tag.begin(), tag.end(), tag.begin(), [](unsigned char c) { return std::tolower(c); });
    return Term::tagged(term.value(), tag, term.direction()).to_string();
  }

  GroundTerms& ground_;
  std::unordered_map<std::string, Token> blanks_;
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

using Colours = std::vector<std::uint64_t>;  // of each blank node

class Matcher {
 public:
  Matcher(const Side& a, const Side& b) : a_(a), b_(b), target_(b.rows) {
    std::sort(target_.begin(), target_.end());
  }

  bool match(Colours in_a, Colours in_b) {
    refine(a_, in_a);
    refine(b_, in_b);
    if (sorted(in_a) != sorted(in_b)) return false;
    std::map<std::uint64_t, std::vector<std::size_t>> classes;
    for (std::size_t i = 0; i < in_a.size(); ++i) classes[in_a[i]].push_back(i);
    const auto smallest = std::min_element(classes.begin(), classes.end(), [](const auto& x, const auto& y) {
      const auto size = [](const auto& entry) {
        return entry.second.size() == 1 ? SIZE_MAX : entry.second.size();
      };
      return size(x) < size(y);
    });
    if (smallest == classes.end() || smallest->second.size() == 1) return is_mapping(in_a, in_b);
    constexpr std::uint64_t kFixed = 0x5851F42D4C957F2Du;
    Colours fixed_a = in_a;
    fixed_a[smallest->second.front()] = mix(kFixed, smallest->first);
    for (std::size_t i = 0; i < in_b.size(); ++i) {
      if (in_b[i] != smallest->first) continue;
      Colours fixed_b = in_b;
      fixed_b[i] = mix(kFixed, smallest->first);
      if (match(fixed_a, std::move(fixed_b))) return true;
    }
    return false;
  }

 private:
  static Colours sorted(Colours colours) {
    std::sort(colours.begin(), colours.end());
    return colours;
  }
  static std::size_t distinct(Colours colours) {
    std::sort(colours.begin(), colours.end());
    return static_cast<std::size_t>(std::unique(colours.begin(), colours.end()) - colours.begin());
  }

  void refine(const Side& side, Colours& colours) {
    for (std::size_t before = 0, now = distinct(colours); now != before;) {
      Colours next(colours.size());
      for (std::size_t i = 0; i < next.size(); ++i) next[i] = mix(0, colours[i]);
      for (const Tokens& row : side.rows) {
        work_ += row.size();
        std::uint64_t all = row.size();
        for (const Token token : row)
          all = mix(all, token < 0 ? colours[static_cast<std::size_t>(-1 - token)]
                                   : static_cast<std::uint64_t>(token));
        // The place in the row tells a node where it stands; a sum does not depend on the order of the rows.
        for (std::size_t i = 0; i < row.size(); ++i)
          if (row[i] < 0)
            next[static_cast<std::size_t>(-1 - row[i])] += mix(mix(all, i), same_places(row, row[i]));
      }
      constexpr std::size_t kMostWork = 200'000'000;
      if (work_ > kMostWork) throw std::runtime_error("the rows are too symmetrical to compare");
      colours = std::move(next);
      before = now;
      now = distinct(colours);
    }
  }
  // Where else in the row the same node stands.
  static std::uint64_t same_places(const Tokens& row, Token token) {
    std::uint64_t places = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
      if (row[i] == token) places = mix(places, i + 1);
    return places;
  }

  bool is_mapping(const Colours& in_a, const Colours& in_b) const {
    std::unordered_map<std::uint64_t, Token> node_of;
    for (std::size_t i = 0; i < in_b.size(); ++i) node_of[in_b[i]] = -1 - static_cast<Token>(i);
    std::vector<Tokens> rows = a_.rows;
    for (Tokens& row : rows)
      for (Token& token : row)
        if (token < 0) token = node_of.at(in_a[static_cast<std::size_t>(-1 - token)]);
    std::sort(rows.begin(), rows.end());
    return rows == target_;
  }

  const Side& a_;
  const Side& b_;
  std::vector<Tokens> target_;
  std::size_t work_ = 0;
};

bool same(const Side& a, const Side& b) {
  if (a.rows.size() != b.rows.size() || a.blanks != b.blanks) return false;
  return Matcher(a, b).match(Colours(a.blanks, 0), Colours(b.blanks, 0));
}

}  // namespace

bool same_rows(const std::vector<TermRow>& a, const std::vector<TermRow>& b) {
  GroundTerms ground;
  return same(Compiler(ground).compile(a), Compiler(ground).compile(b));
}

bool isomorphic(const std::vector<Quad>& a, const std::vector<Quad>& b) {
  GroundTerms ground;
  const auto compile = [&](const std::vector<Quad>& quads) {
    std::vector<TermRow> rows;
    for (const Quad& quad : quads) rows.push_back({quad.subject, quad.predicate, quad.object, quad.graph});
    Side side = Compiler(ground).compile(rows);
    std::sort(side.rows.begin(), side.rows.end());
    side.rows.erase(std::unique(side.rows.begin(), side.rows.end()), side.rows.end());
    return side;
  };
  return same(compile(a), compile(b));
}

}  // namespace dossier::test
