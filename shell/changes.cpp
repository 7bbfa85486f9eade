#include "shell/changes.h"

#include <fmt/format.h>

#include <algorithm>

#include "shell/columns.h"
#include "shell/console.h"
#include "shell/explorer.h"

namespace dossier::shell {
namespace {

constexpr std::string_view kString = "http://www.w3.org/2001/XMLSchema#string";
constexpr std::uint64_t kMostOfCommit = 5'000;
constexpr std::size_t kMostKept = 50'000;
constexpr std::uint64_t kMostCommits = 1'000;  // that one command shows

// As one writes it: a text in quotes, which tells it from a number and a name.
std::string written(const Explorer& explorer, const Term& term) {
  const bool text = term.is_literal() && (!term.language().empty() || term.datatype() == kString);
  return text ? term.to_string() : explorer.shortened(term);
}

std::string line_of(const Explorer& explorer, char sign, const Quad& quad) {
  std::string line = fmt::format("{} {} {} {}", sign, explorer.shortened(quad.subject),
                                 explorer.shortened(quad.predicate), written(explorer, quad.object));
  if (quad.graph) line += "  in " + explorer.shortened(*quad.graph);
  return line;
}

}  // namespace

ChangeRecord::ChangeRecord(Store& store)
    : subscription_(store.on_commit([this](const ChangeSet& set) { take(set); })) {}

void ChangeRecord::take(const ChangeSet& set) {
  const Commit& commit = set.commit();
  if (commit.added + commit.removed > kMostOfCommit) return;
  Changes changes;
  for (auto quads = set.added(); quads.next();) changes.added.push_back(quads.quad());
  for (auto quads = set.removed(); quads.next();) changes.removed.push_back(quads.quad());
  const std::lock_guard lock(mutex_);
  quads_ += changes.added.size() + changes.removed.size();
  commits_[commit.sequence] = std::move(changes);
  while (quads_ > kMostKept) {
    const auto oldest = commits_.begin();
    quads_ -= oldest->second.added.size() + oldest->second.removed.size();
    commits_.erase(oldest);
  }
}

std::optional<ChangeRecord::Changes> ChangeRecord::of(std::uint64_t commit) const {
  const std::lock_guard lock(mutex_);
  const auto found = commits_.find(commit);
  if (found == commits_.end()) return std::nullopt;
  return found->second;
}

void show_changes(Explorer& explorer, std::uint64_t first, std::uint64_t last) {
  ShellContext& context = explorer.context();
  std::vector<std::string> lines;
  bool unknown = false;
  const std::uint64_t count = std::min(last - first + 1, kMostCommits);
  auto commits = context.store.log(count, first + count);
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    if (commit->sequence < first) continue;
    lines.push_back(fmt::format("commit {}: {} added, {} removed", with_commas(commit->sequence),
                                with_commas(commit->added), with_commas(commit->removed)));
    const auto changes = context.changes.of(commit->sequence);
    if (!changes) {
      unknown = unknown || commit->added + commit->removed > 0;
      continue;
    }
    for (const Quad& quad : changes->removed)
      lines.push_back(elided(line_of(explorer, '-', quad), line_width()));
    for (const Quad& quad : changes->added)
      lines.push_back(elided(line_of(explorer, '+', quad), line_width()));
  }
  show_page(context, std::move(lines));
  if (unknown)
    fmt::print(stderr,
               "(which statements these were is known of commits of up to {} that were made while this shell "
               "is open)\n",
               with_commas(kMostOfCommit));
  if (count < last - first + 1)
    fmt::print(stderr, "(only the first {} commits)\n", with_commas(kMostCommits));
}

}  // namespace dossier::shell
