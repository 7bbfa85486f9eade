#include "shell/drawing_rows.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string>

namespace dossier::shell {
namespace {

constexpr std::size_t kLeastDepth = 6;  // of a row, in ranks

struct Part {
  std::vector<std::size_t> nodes;
  std::size_t first = 0;  // a node of the first rank
  std::size_t last = 0;   // a node of the last rank
  std::size_t depth = 1;  // ranks
};

class Ranks {
 public:
  explicit Ranks(const Drawing& drawing)
      : next_(drawing.nodes.size()),
        state_(drawing.nodes.size()),
        depth_(drawing.nodes.size(), 1),
        end_(drawing.nodes.size()) {
    for (const DrawnLink& link : drawing.links)
      if (link.from != link.to) next_[link.first()].push_back(link.second());
    std::iota(end_.begin(), end_.end(), std::size_t{0});
  }

  // The longest way from a node, links that close a circle left aside. At most as deep as the drawing has
  // nodes.
  std::size_t depth(std::size_t node) {
    if (state_[node] != State::fresh) return state_[node] == State::done ? depth_[node] : 0;
    state_[node] = State::open;
    for (const std::size_t to : next_[node]) {
      const std::size_t below = depth(to);
      if (below + 1 <= depth_[node]) continue;
      depth_[node] = below + 1;
      end_[node] = end_[to];
    }
    state_[node] = State::done;
    return depth_[node];
  }
  std::size_t end(std::size_t node) const { return end_[node]; }

 private:
  enum class State : std::uint8_t { fresh, open, done };
  std::vector<std::vector<std::size_t>> next_;
  std::vector<State> state_;
  std::vector<std::size_t> depth_;
  std::vector<std::size_t> end_;  // the last node of the longest way
};

std::vector<Part> parts_of(const Drawing& drawing) {
  std::vector<std::size_t> root(drawing.nodes.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  const auto find = [&](std::size_t node) {
    while (root[node] != node) node = root[node] = root[root[node]];
    return node;
  };
  for (const DrawnLink& link : drawing.links) root[find(link.from)] = find(link.to);
  std::map<std::size_t, Part> by_root;
  for (std::size_t i = 0; i < root.size(); ++i) by_root[find(i)].nodes.push_back(i);
  Ranks ranks(drawing);
  std::vector<Part> parts;
  for (auto& [number, part] : by_root) {
    part.first = part.last = part.nodes.front();
    for (const std::size_t node : part.nodes) {
      const std::size_t depth = ranks.depth(node);
      if (depth <= part.depth) continue;
      part.depth = depth;
      part.first = node;
      part.last = ranks.end(node);
    }
    parts.push_back(std::move(part));
  }
  // Deep parts first, so that a row begins with them and short ones fill it up.
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.depth > b.depth; });
  return parts;
}

using Links = std::vector<std::pair<std::size_t, std::size_t>>;

void add_rows(const std::vector<Part>& parts, std::size_t most, Links& links) {
  std::vector<bool> placed(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (placed[i]) continue;
    std::size_t depth = parts[i].depth;
    std::size_t last = parts[i].last;
    for (std::size_t j = i + 1; j < parts.size(); ++j) {
      if (placed[j] || depth + parts[j].depth > most) continue;
      links.emplace_back(last, parts[j].first);
      depth += parts[j].depth;
      last = parts[j].last;
      placed[j] = true;
    }
  }
}

}  // namespace

std::size_t widest_rank(const Drawing& drawing) {
  Ranks ranks(drawing);
  std::size_t widest = 0;
  for (const Part& part : parts_of(drawing)) {
    std::map<std::size_t, std::size_t> counts;  // by the way that is left
    for (const std::size_t node : part.nodes) widest = std::max(widest, ++counts[ranks.depth(node)]);
  }
  return widest;
}

Links links_of_rows(const Drawing& drawing, bool by_kind) {
  std::vector<Part> parts = parts_of(drawing);
  Links links;
  if (!by_kind) {
    if (!parts.empty()) add_rows(parts, std::max(kLeastDepth, parts.front().depth), links);
    return links;
  }
  std::map<std::string, std::vector<Part>> alone;
  for (Part& part : parts)
    if (part.nodes.size() == 1) alone[drawing.nodes[part.nodes.front()].kind].push_back(std::move(part));
  for (const auto& [kind, of_kind] : alone)
    add_rows(of_kind, static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(of_kind.size())))),
             links);
  return links;
}

}  // namespace dossier::shell
