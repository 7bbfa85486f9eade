#include "engine/query/join_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <unordered_map>

#include "engine/dossier.h"

namespace dossier {

void add_variables(SortedVariables& to, const SortedVariables& more) {
  for (Variable variable : more) {
    const auto at = std::lower_bound(to.begin(), to.end(), variable);
    if (at == to.end() || *at != variable) to.insert(at, variable);
  }
}

double JoinInput::distinct_of(Variable variable) const {
  for (const auto& [known, count] : distinct)
    if (known == variable) return std::max(1.0, std::min(count, rows));
  return std::max(1.0, rows);
}

void JoinInput::set_distinct(Variable variable, double count) {
  const auto at = std::lower_bound(distinct.begin(), distinct.end(), variable,
                                   [](const auto& known, Variable wanted) { return known.first < wanted; });
  if (at != distinct.end() && at->first == variable)
    at->second = count;
  else
    distinct.insert(at, {variable, count});
}

namespace {

// Nanoseconds, from the plans of tests/bench/compare.queries on 2.3 million triples, warm, one thread: a scan
// of two columns took 0.8 to 1.8 a row, a merge join 4 to 6 a row of either side, a hash join 15 to 25 a row
// of either side; an index join 1,200 (blocks that follow each other) to 2,500 (found by a seek) a block that
// it opened, 20 to 40 a key, 2 a row found.
constexpr double kBlock = 1800;
constexpr double kBlockRows = 1024;
constexpr double kKey = 30;
constexpr double kHeldKey = 20;           // one looked up among edges that stand in memory
constexpr double kRepeat = 5;             // a row whose key is that of the row before
constexpr double kFound = 2;              // a row that comes out
constexpr double kSortedTogether = 2048;  // rows that an index join sorts before it looks them up
constexpr double kMerge = 4;
constexpr double kPair = 2;  // of rows that a merge join compares; hubs make more than estimated
// A row that goes into a hash table and one that is looked up there; and what each costs more for every doubling
// of the table beyond what the caches hold: a join of 711,000 with 4.7 million rows by two keys took 180 ms beside
// its inputs with the smaller side in the table, and 600 ms with the larger.
constexpr double kBuild = 15;
constexpr double kProbe = 15;
constexpr double kBuildFar = 5;
constexpr double kProbeFar = 3;
constexpr double kCachedRows = 32768;
constexpr double kPathStart = 1000;       // starting a search
constexpr double kPathNode = 20;          // and going on
constexpr double kPathAll = 1000;         // starts of a path with two free ends
constexpr double kNextKey = 0.75;         // keys are rarely independent: each further one counts less
constexpr double kTiny = 100;             // rows of a product that is always tried
constexpr std::size_t kMostPairs = 3000;  // of subsets, joined in every way
constexpr std::size_t kMostOrders = 4;    // sort orders kept of one subset

template <std::size_t W>
struct Bits {
  std::array<std::uint64_t, W> words{};
  void set(std::size_t i) { words[i >> 6] |= std::uint64_t{1} << (i & 63); }
  bool test(std::size_t i) const { return (words[i >> 6] >> (i & 63) & 1) != 0; }
  bool any() const {
    std::uint64_t all = 0;
    for (const std::uint64_t word : words) all |= word;
    return all != 0;
  }
  bool inside(const Bits& other) const {
    std::uint64_t out = 0;
    for (std::size_t w = 0; w < W; ++w) out |= words[w] & ~other.words[w];
    return out == 0;
  }
  int count() const {
    int count = 0;
    for (const std::uint64_t word : words) count += std::popcount(word);
    return count;
  }
  template <typename F>
  void each(F&& take) const {
    for (std::size_t w = 0; w < W; ++w)
      for (std::uint64_t word = words[w]; word != 0; word &= word - 1)
        take(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
  }
  friend Bits operator&(Bits a, const Bits& b) {
    for (std::size_t w = 0; w < W; ++w) a.words[w] &= b.words[w];
    return a;
  }
  friend Bits operator|(Bits a, const Bits& b) {
    for (std::size_t w = 0; w < W; ++w) a.words[w] |= b.words[w];
    return a;
  }
};

// Variables that matter to the order: those that inputs share, and those of filters. Numbered as they come.
class SharedVariables {
 public:
  SharedVariables(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters) {
    std::unordered_map<Variable, int> uses;
    for (const JoinInput& input : inputs)
      for (const Variable variable : input.variables) ++uses[variable];
    for (const JoinFilter& filter : filters)
      for (const Variable variable : filter.variables)
        if (const auto use = uses.find(variable); use != uses.end()) ++use->second;
    for (const JoinInput& input : inputs)
      for (const Variable variable : input.variables)
        if (uses[variable] > 1) numbers_.try_emplace(variable, numbers_.size());
    if (numbers_.size() > kMostVariables)
      throw LimitError(LimitError::Reason::size, "a group joins on " + std::to_string(numbers_.size()) +
                                                     " variables; at most " + std::to_string(kMostVariables) +
                                                     " are planned: split the query");
  }
  std::size_t size() const { return numbers_.size(); }
  int number(Variable variable) const {
    const auto at = numbers_.find(variable);
    return at == numbers_.end() ? -1 : static_cast<int>(at->second);
  }
  template <std::size_t W>
  Bits<W> bits(const SortedVariables& variables) const {
    Bits<W> bits;
    for (const Variable variable : variables)
      if (const int known = number(variable); known >= 0) bits.set(static_cast<std::size_t>(known));
    return bits;
  }

 private:
  std::unordered_map<Variable, std::size_t> numbers_;
};

// A way to join the inputs of a part.
struct Way {
  JoinStep::Kind kind = JoinStep::Kind::scan;
  int sorted = -1;  // shared variable that the rows are sorted by
  double cost = 0;
  std::size_t scan = 0;
  std::size_t left = 0, left_way = 0;  // parts, and ways of theirs
  std::size_t right = 0, right_way = 0;
};

// The best ways, one for each order: that of no use (-1) is never dearer than the others.
class Ways {
 public:
  void add(const Way& way) {
    for (std::size_t i = 0; i < count_; ++i) {
      if (ways_[i].sorted != way.sorted) continue;
      if (way.cost < ways_[i].cost) ways_[i] = way;
      return;
    }
    if (count_ < kMostOrders) {
      ways_[count_++] = way;
      return;
    }
    std::size_t dearest = 0;
    for (std::size_t i = 1; i < count_; ++i)
      if (ways_[i].cost > ways_[dearest].cost) dearest = i;
    if (way.cost < ways_[dearest].cost) ways_[dearest] = way;
  }
  std::size_t size() const { return count_; }
  const Way& operator[](std::size_t i) const { return ways_[i]; }
  std::size_t best() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < count_; ++i)
      if (ways_[i].cost < ways_[best].cost) best = i;
    return best;
  }

 private:
  std::array<Way, kMostOrders> ways_;
  std::size_t count_ = 0;
};

// Some inputs, joined in whatever way.
template <std::size_t W>
struct Part {
  Bits<W> inputs;
  Bits<W> variables;
  Bits<W> certain;
  double rows = 0;
  int single = -1;  // the input, when it is one
  bool exists = false;
  Ways ways;
};

template <std::size_t W>
class Orders {
 public:
  Orders(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters,
         const std::vector<Correction>& corrections, const SharedVariables& shared)
      : inputs_(inputs), shared_(shared), names_(shared.size()), with_(shared.size()) {
    for (std::size_t i = 0; i < inputs.size(); ++i)
      for (const Variable variable : inputs[i].variables)
        if (const int number = shared.number(variable); number >= 0) {
          names_[static_cast<std::size_t>(number)] = variable;
          with_[static_cast<std::size_t>(number)].push_back({i, inputs[i].distinct_of(variable)});
        }
    for (const JoinFilter& filter : filters)
      // One that reads nothing an input binds says nothing about their order.
      if (const auto bits = shared.template bits<W>(filter.variables); bits.any())
        filters_.push_back({bits, filter.selectivity});
    for (const Correction& correction : corrections) {
      Factor factor;
      for (const std::size_t input : correction.inputs) factor.of.set(input);
      factor.factor = correction.factor;
      corrections_.push_back(factor);
    }
  }

  JoinOrder best(const QueryContext& context) {
    context_ = &context;
    if (inputs_.size() == 1) {
      parts_.push_back(leaf(0));
      return order_of(0);
    }
    if (inputs_.size() <= kExactInputs) return exact();
    return over(greedy());
  }

  // In the sequence that `exact` takes a set apart in, where it does; else in the one given.
  double rows(std::vector<std::size_t> sequence) const {
    if (inputs_.size() <= kExactInputs) {
      std::vector<std::size_t> taken;
      std::sort(sequence.begin(), sequence.end());
      while (sequence.size() > 1) {
        std::size_t last = sequence.size() - 1;
        for (std::size_t i = sequence.size(); i-- > 0;) {
          std::vector<std::size_t> others = sequence;
          others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
          if (!hangs_together(others)) continue;
          last = i;
          break;
        }
        taken.push_back(sequence[last]);
        sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(last));
      }
      sequence.insert(sequence.end(), taken.rbegin(), taken.rend());
    }
    Part<W> part = leaf(sequence.front());
    for (std::size_t i = 1; i < sequence.size(); ++i) part = united(part, leaf(sequence[i]));
    return part.rows;
  }

 private:
  struct Factor {
    Bits<W> of;
    double factor = 1;
  };

  // ---- sizes

  double distinct(const Part<W>& part, std::size_t variable) const {
    double least = part.rows;
    for (const auto& [input, count] : with_[variable])
      if (part.inputs.test(input)) least = std::min(least, count);
    return std::max(1.0, least);
  }

  // How much the filters leave that the union decides and neither side alone.
  double filtered(const Part<W>& a, const Part<W>& b, const Bits<W>& variables) const {
    double left = 1;
    for (const Factor& filter : filters_)
      if (filter.of.inside(variables) && !filter.of.inside(a.variables) && !filter.of.inside(b.variables))
        left *= filter.factor;
    return left;
  }

  double corrected(const Part<W>& a, const Part<W>& b, const Bits<W>& inputs) const {
    double factor = 1;
    for (const Factor& correction : corrections_)
      if (correction.of.inside(inputs) && !correction.of.inside(a.inputs) && !correction.of.inside(b.inputs))
        factor *= correction.factor;
    return factor;
  }

  double joined_rows(const Part<W>& a, const Part<W>& b) const {
    double rows = a.rows * b.rows;
    std::array<double, 16> factors{};
    std::size_t count = 0;
    (a.variables & b.variables).each([&](std::size_t variable) {
      if (count == factors.size()) return;
      factors[count++] = std::max(distinct(a, variable), distinct(b, variable));
    });
    std::sort(factors.begin(), factors.begin() + static_cast<std::ptrdiff_t>(count), std::greater<>());
    double exponent = 1;
    for (std::size_t i = 0; i < count; ++i, exponent *= kNextKey)
      rows /= exponent == 1 ? factors[i] : std::pow(factors[i], exponent);
    const Bits<W> inputs = a.inputs | b.inputs;
    return std::max(rows * corrected(a, b, inputs) * filtered(a, b, a.variables | b.variables), 1e-3);
  }

  bool hangs_together(const std::vector<std::size_t>& inputs) const {
    Bits<W> variables = shared_.template bits<W>(inputs_[inputs[0]].variables);
    std::vector<bool> reached(inputs.size());
    reached[0] = true;
    std::size_t count = 1;
    for (bool grown = true; grown && count < inputs.size();) {
      grown = false;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Bits<W> own = shared_.template bits<W>(inputs_[inputs[i]].variables);
        if (reached[i] || !(variables & own).any()) continue;
        reached[i] = grown = true;
        variables = variables | own;
        ++count;
      }
    }
    return count == inputs.size();
  }

  static bool connected(const Part<W>& a, const Part<W>& b) { return (a.variables & b.variables).any(); }

  Part<W> leaf(std::size_t index) const {
    const JoinInput& input = inputs_[index];
    Part<W> part;
    part.exists = true;
    part.single = static_cast<int>(index);
    part.inputs.set(index);
    part.variables = shared_.template bits<W>(input.variables);
    part.certain = shared_.template bits<W>(input.certain);
    part.rows = input.rows;
    for (const Factor& filter : filters_)
      if (filter.of.inside(part.variables)) part.rows *= filter.factor;
    for (const Factor& correction : corrections_)
      if (correction.of.inside(part.inputs)) part.rows *= correction.factor;
    Way way;
    if (input.kind == JoinInput::Kind::pattern) {
      for (way.scan = 0; way.scan < input.scans.size(); ++way.scan) {
        const JoinInput::Scan& scan = input.scans[way.scan];
        way.cost = scan.cost;
        way.sorted = scan.sorted.empty() ? -1 : shared_.number(scan.sorted.front());
        part.ways.add(way);
      }
    } else {
      way.cost = input.cost;
      if (input.kind == JoinInput::Kind::path)
        way.cost = (kPathStart + input.cost * kPathNode) * (input.has_constant_end ? 1 : kPathAll);
      part.ways.add(way);
    }
    return part;
  }

  // The union of two parts, with no way to join it yet.
  Part<W> united(const Part<W>& a, const Part<W>& b) const {
    Part<W> part;
    part.exists = true;
    part.inputs = a.inputs | b.inputs;
    part.variables = a.variables | b.variables;
    part.certain = a.certain | b.certain;
    part.rows = joined_rows(a, b);
    return part;
  }

  // ---- ways

  // Adds the ways to join parts `a` and `b` to those of part `to`.
  void join(std::size_t to, std::size_t a, std::size_t b) {
    const Bits<W> keys = parts_[a].variables & parts_[b].variables;
    const bool any = keys.any();
    const bool safe = keys.inside(parts_[a].certain) && keys.inside(parts_[b].certain);
    const double rows = parts_[to].rows / filtered(parts_[a], parts_[b], parts_[to].variables);
    if (any && safe) {
      merge(to, a, b, keys, rows);
      look_up(to, a, b, keys, rows);
      look_up(to, b, a, keys, rows);
    }
    table(to, a, b, any, safe, rows);
    table(to, b, a, any, safe, rows);
  }

  void merge(std::size_t to, std::size_t a, std::size_t b, const Bits<W>& keys, double rows) {
    const Ways& left = parts_[a].ways;
    const Ways& right = parts_[b].ways;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (left[i].sorted < 0 || !keys.test(static_cast<std::size_t>(left[i].sorted))) continue;
      for (std::size_t k = 0; k < right.size(); ++k) {
        if (right[k].sorted != left[i].sorted) continue;
        Way way;
        way.kind = JoinStep::Kind::merge;
        way.sorted = left[i].sorted;
        way.cost = left[i].cost + right[k].cost + (parts_[a].rows + parts_[b].rows) * kMerge + rows * kFound;
        if (keys.count() > 1)
          way.cost += pairs(parts_[a], parts_[b], static_cast<std::size_t>(way.sorted)) * kPair;
        // The right side keeps the rows of a key: the smaller one.
        const bool turn = parts_[a].rows < parts_[b].rows;
        set_sides(way, turn ? b : a, turn ? k : i, turn ? a : b, turn ? i : k);
        parts_[to].ways.add(way);
      }
    }
  }

  // Further keys are looked at pair by pair of what agrees in the first.
  double pairs(const Part<W>& a, const Part<W>& b, std::size_t key) const {
    return a.rows * b.rows / std::max(distinct(a, key), distinct(b, key));
  }

  // For each row of `a` what matches in the single pattern or path `b`.
  void look_up(std::size_t to, std::size_t a, std::size_t b, const Bits<W>& keys, double rows) {
    if (parts_[b].single < 0) return;
    const JoinInput& input = inputs_[static_cast<std::size_t>(parts_[b].single)];
    const Part<W>& left = parts_[a];
    Way way;
    if (input.kind == JoinInput::Kind::pattern) {
      way.kind = JoinStep::Kind::index;
      for (std::size_t i = 0; i < left.ways.size(); ++i) {
        const int order = left.ways[i].sorted;
        const bool sorted = order >= 0 && keys.test(static_cast<std::size_t>(order));
        const double different = sorted ? distinct(left, static_cast<std::size_t>(order)) : left.rows;
        const double looked = held(input, keys)
                                  ? left.rows * kHeldKey
                                  : looked_up(different, input.spread, sorted) + left.rows * kRepeat;
        way.cost = left.ways[i].cost + looked + rows * kFound;
        way.sorted = sorted && keys.count() == 1 ? order : -1;
        set_sides(way, a, i, b, 0);
        parts_[to].ways.add(way);
      }
    } else if (input.kind == JoinInput::Kind::path) {
      const auto bound = [&](const std::optional<Variable>& end) {
        const int number = end ? shared_.number(*end) : -1;
        return number >= 0 && left.certain.test(static_cast<std::size_t>(number)) ? number : -1;
      };
      const int subject = bound(input.subject);
      const int object = bound(input.object);
      if (subject < 0 && object < 0) return;
      way.kind = JoinStep::Kind::path;
      const double starts = distinct(left, static_cast<std::size_t>(subject >= 0 ? subject : object));
      const bool both = input.has_constant_end || (subject >= 0 && object >= 0);
      const std::size_t best = left.ways.best();
      way.cost = left.ways[best].cost + left.rows +
                 starts * (kPathStart + kPathNode * (both ? input.cost / 2 : input.cost));
      set_sides(way, a, best, b, 0);
      parts_[to].ways.add(way);
    }
  }

  // Does what the keys ask for stand in memory? Where they have both ends, the subject's edges are asked.
  bool held(const JoinInput& input, const Bits<W>& keys) const {
    const auto known = [&](const std::optional<Variable>& end) {
      if (!end) return true;
      const int number = shared_.number(*end);
      return number >= 0 && keys.test(static_cast<std::size_t>(number));
    };
    return known(input.held.subject) ? input.held.from_subject
                                     : input.held.from_object && known(input.held.object);
  }

  // Look-ups of so many keys among the rows of an index that they fall into.
  static double looked_up(double keys, double spread, bool sorted) {
    const double blocks = spread / kBlockRows + 1;
    const auto opened = [&](double some) { return blocks * (1 - std::exp(-some / blocks)); };
    double all = 0;
    if (sorted || keys <= kSortedTogether) {
      all = opened(keys);
    } else {
      all = keys / kSortedTogether * opened(kSortedTogether);
    }
    return all * kBlock + keys * kKey;
  }

  static double table_cost(double built, double probed) {
    const double doublings = built > kCachedRows ? std::log2(built / kCachedRows) : 0;
    return built * (kBuild + kBuildFar * doublings) + probed * (kProbe + kProbeFar * doublings);
  }

  // `b` goes into the hash table, `a` streams by.
  void table(std::size_t to, std::size_t a, std::size_t b, bool any, bool safe, double rows) {
    const Part<W>& left = parts_[a];
    const Part<W>& right = parts_[b];
    const std::size_t built = right.ways.best();
    Way way;
    way.kind = JoinStep::Kind::table;
    const double joining = table_cost(right.rows, left.rows);
    for (std::size_t i = 0; i < left.ways.size(); ++i) {
      way.sorted = safe ? left.ways[i].sorted : -1;
      way.cost = left.ways[i].cost + right.ways[built].cost + joining + rows * kFound * (any ? 1 : 2);
      set_sides(way, a, i, b, built);
      parts_[to].ways.add(way);
    }
  }

  static void set_sides(Way& way, std::size_t left, std::size_t left_way, std::size_t right,
                        std::size_t right_way) {
    way.left = left;
    way.left_way = left_way;
    way.right = right;
    way.right_way = right_way;
  }

  // ---- all orders

  JoinOrder exact() {
    const std::size_t count = inputs_.size();
    const std::size_t all = (std::size_t{1} << count) - 1;
    parts_.resize(all + 1);
    products_.resize(all + 1);
    std::size_t pairs = 0;
    for (std::size_t subset = 1; subset <= all; ++subset) {
      context_->check();
      if (std::has_single_bit(subset)) {
        parts_[subset] = leaf(static_cast<std::size_t>(std::countr_zero(subset)));
        continue;
      }
      if (!unite(subset, count)) continue;
      pairs += std::size_t{1} << (std::popcount(subset) - 1);
    }
    const bool trees = pairs <= kMostPairs;
    for (std::size_t subset = 1; subset <= all; ++subset) {
      if (std::has_single_bit(subset) || !parts_[subset].exists) continue;
      context_->check();
      const bool product = products_[subset];
      // Each pair once: the side with the lowest input first.
      const std::size_t lowest = subset & (~subset + 1);
      for (std::size_t side = (subset - 1) & subset; side != 0; side = (side - 1) & subset) {
        const std::size_t other = subset ^ side;
        if ((side & lowest) == 0) continue;
        if (!trees && !product && !std::has_single_bit(side) && !std::has_single_bit(other)) continue;
        if (!parts_[side].exists || !parts_[other].exists) continue;
        if (!product && !connected(parts_[side], parts_[other])) continue;
        join(subset, side, other);
      }
    }
    return order_of(all);
  }

  // Makes the part of a subset: connected, or a product that has to be or is tiny; false: neither.
  bool unite(std::size_t subset, std::size_t count) {
    const std::size_t component = component_of(subset, count);
    if (component == subset) {
      // The last input that the others stay connected without: so each subset has its one estimate.
      for (std::size_t i = count; i-- > 0;) {
        const std::size_t one = std::size_t{1} << i;
        if ((subset & one) == 0 || products_[subset ^ one]) continue;
        parts_[subset] = united(parts_[subset ^ one], parts_[one]);
        return true;
      }
    }
    products_[subset] = true;
    const std::size_t rest = subset ^ component;
    if (!parts_[component].exists || !parts_[rest].exists) return false;
    parts_[subset] = united(parts_[component], parts_[rest]);
    if (parts_[subset].rows <= kTiny) return true;
    // Nothing else is left: no input outside shares a variable with one inside.
    for (std::size_t i = 0; i < count && parts_[subset].exists; ++i)
      if ((subset >> i & 1) == 0 && connected(parts_[subset], outside(i))) parts_[subset].exists = false;
    return parts_[subset].exists;
  }

  // Inputs of the subset that hang together with its first one.
  std::size_t component_of(std::size_t subset, std::size_t count) {
    std::size_t component = subset & (~subset + 1);
    Bits<W> variables = parts_[component].variables;
    for (bool grown = true; grown;) {
      grown = false;
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t one = std::size_t{1} << i;
        if ((subset & one) == 0 || (component & one) != 0 || !(variables & outside(i).variables).any())
          continue;
        component |= one;
        variables = variables | outside(i).variables;
        grown = true;
      }
    }
    return component;
  }

  const Part<W>& outside(std::size_t index) {
    if (leaves_.empty())
      for (std::size_t i = 0; i < inputs_.size(); ++i) leaves_.push_back(leaf(i));
    return leaves_[index];
  }

  // ---- an order of one input after the other, then the best tree over it

  std::vector<std::size_t> greedy() {
    const std::size_t count = inputs_.size();
    outside(0);
    std::size_t first = 0;
    for (std::size_t i = 1; i < count; ++i)
      if (start_cost(leaves_[i]) < start_cost(leaves_[first])) first = i;
    std::vector<std::size_t> order{first};
    std::vector<bool> used(count);
    used[first] = true;
    Part<W> part = leaves_[first];
    while (order.size() < count) {
      context_->check();
      std::size_t best = count;
      double least = 0;
      for (const bool product : {false, true}) {
        for (std::size_t i = 0; i < count; ++i) {
          if (used[i] || (!product && !connected(part, leaves_[i]))) continue;
          const double rows = joined_rows(part, leaves_[i]);
          const double whole = leaves_[i].ways[leaves_[i].ways.best()].cost + leaves_[i].rows * kProbe;
          const double cost = rows * kBuild + std::min(looked_up(part.rows, inputs_[i].spread, false), whole);
          if (best != count && cost >= least) continue;
          best = i;
          least = cost;
        }
        if (best != count) break;
      }
      used[best] = true;
      order.push_back(best);
      part = united(part, leaves_[best]);
    }
    return order;
  }

  static double start_cost(const Part<W>& leaf) {
    return leaf.rows * kBuild + leaf.ways[leaf.ways.best()].cost;
  }

  JoinOrder over(const std::vector<std::size_t>& order) {
    const std::size_t count = order.size();
    const bool trees = count <= kTreeInputs;
    // Runs [from, to) of the order: all of them, or those from its beginning and single ones.
    const auto run = [&](std::size_t from, std::size_t to) {
      if (trees) return from * (count + 1) + to;
      return to - from == 1 ? count + 1 + from : to;
    };
    parts_.clear();
    parts_.resize(trees ? count * (count + 1) + 1 : 2 * count + 1);
    for (std::size_t i = 0; i < count; ++i) parts_[run(i, i + 1)] = leaves_[order[i]];
    if (!trees) parts_[1] = leaves_[order[0]];
    for (std::size_t length = 2; length <= count; ++length) {
      context_->check();
      for (std::size_t from = 0; from + length <= (trees ? count : length); ++from) {
        const std::size_t to = from + length;
        const std::size_t part = run(from, to);
        const std::size_t before = trees || length > 2 ? run(from, to - 1) : 1;
        const std::size_t last = run(to - 1, to);
        const std::size_t after = trees ? run(from + 1, to) : 0;
        const std::size_t begin = run(from, from + 1);
        // What begins the order is joined by a product where nothing else is left.
        if (parts_[before].exists && (from == 0 || connected(parts_[before], parts_[last])))
          parts_[part] = united(parts_[before], parts_[last]);
        else if (trees && parts_[after].exists && connected(parts_[begin], parts_[after]))
          parts_[part] = united(parts_[begin], parts_[after]);
        else
          continue;
        if (!trees) {
          join(part, before, last);
          continue;
        }
        for (std::size_t at = from + 1; at < to; ++at) {
          const std::size_t a = run(from, at);
          const std::size_t b = run(at, to);
          if (!parts_[a].exists || !parts_[b].exists) continue;
          if (!connected(parts_[a], parts_[b]) && !(from == 0 && at == to - 1)) continue;
          join(part, a, b);
        }
      }
    }
    return order_of(run(0, count));
  }

  // ---- the steps

  JoinOrder order_of(std::size_t part) const {
    JoinOrder order;
    const std::size_t way = parts_[part].ways.best();
    order.cost = parts_[part].ways[way].cost;
    add_steps(part, way, order);
    return order;
  }

  // The depth is at most kMostInputs.
  std::size_t add_steps(std::size_t part, std::size_t chosen, JoinOrder& order) const {
    const Way& way = parts_[part].ways[chosen];
    JoinStep step;
    step.kind = way.kind;
    step.rows = step.joined = parts_[part].rows;
    if (way.kind == JoinStep::Kind::scan) {
      step.input = static_cast<std::size_t>(parts_[part].single);
      step.scan = way.scan;
      step.joined = inputs_[step.input].rows;
    } else {
      step.joined /= filtered(parts_[way.left], parts_[way.right], parts_[part].variables);
      step.left = add_steps(way.left, way.left_way, order);
      if (way.kind == JoinStep::Kind::index || way.kind == JoinStep::Kind::path)
        step.input = static_cast<std::size_t>(parts_[way.right].single);
      else
        step.right = add_steps(way.right, way.right_way, order);
      if (way.kind == JoinStep::Kind::merge) step.key = names_[static_cast<std::size_t>(way.sorted)];
    }
    order.steps.push_back(step);
    return order.steps.size() - 1;
  }

  const std::vector<JoinInput>& inputs_;
  const SharedVariables& shared_;
  const QueryContext* context_ = nullptr;
  std::vector<Variable> names_;                                    // of the shared variables
  std::vector<std::vector<std::pair<std::size_t, double>>> with_;  // inputs that have it, and distinct values
  std::vector<Factor> filters_;
  std::vector<Factor> corrections_;
  std::vector<Part<W>> parts_;
  std::vector<Part<W>> leaves_;
  std::vector<bool> products_;  // subsets that are not connected
};

// One word holds the set of inputs, and that of variables.
bool is_small(const std::vector<JoinInput>& inputs, const SharedVariables& shared) {
  return inputs.size() <= 64 && shared.size() <= 64;
}

}  // namespace

JoinOrder order_joins(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters,
                      const std::vector<Correction>& corrections, const QueryContext& context) {
  if (inputs.size() > kMostInputs)
    throw LimitError(LimitError::Reason::size, "a group joins " + std::to_string(inputs.size()) +
                                                   " patterns; at most " + std::to_string(kMostInputs) +
                                                   " are planned: split the query");
  const SharedVariables shared(inputs, filters);
  if (is_small(inputs, shared)) return Orders<1>(inputs, filters, corrections, shared).best(context);
  return Orders<kMostVariables / 64>(inputs, filters, corrections, shared).best(context);
}

double expected_rows(const std::vector<JoinInput>& inputs, const std::vector<JoinFilter>& filters,
                     const std::vector<Correction>& corrections, const std::vector<std::size_t>& sequence) {
  const SharedVariables shared(inputs, filters);
  if (is_small(inputs, shared)) return Orders<1>(inputs, filters, corrections, shared).rows(sequence);
  return Orders<kMostVariables / 64>(inputs, filters, corrections, shared).rows(sequence);
}

}  // namespace dossier
