#include "engine/change_feed.h"
#include "engine/session_core.h"
#include "engine/store/backup.h"
#include "engine/store/loader.h"
#include "engine/store/repair.h"

namespace dossier {

Store::Store(std::shared_ptr<State> state) : state_(std::move(state)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store Store::open(const std::string& path, const OpenOptions& options) {
  auto state = std::make_shared<State>();
  state->options = options;
  state->database = Database::open(path, options);
  state->adjacencies = std::make_unique<AdjacencyCache>(options.adjacency_bytes);
  state->plans = std::make_unique<PlanCache>(options.kept_plans);
  return Store(std::move(state));
}

Session Store::session() {
  auto session = std::make_unique<Session::State>();
  session->core = std::make_shared<SessionCore>();
  session->core->store = state_;
  return Session(std::move(session));
}

LoadReport Store::load(const std::vector<std::string>& files, const LoadOptions& options) {
  std::vector<LoadSource> sources;
  for (const auto& file : files) sources.push_back({file, {}, {}, {}});
  const LoadReport report = dossier::load(*state_->database, sources, options);
  state_->plans->clear();
  return report;
}

LoadReport Store::load_text(std::string_view text, Format format, const LoadOptions& options) {
  LoadOptions with_format = options;
  with_format.format = format;
  const LoadReport report = dossier::load(*state_->database, {{"text", text, {}, {}}}, with_format);
  state_->plans->clear();
  return report;
}

StoreStatistics Store::statistics() const {
  return state_->database->statistics();
}
void Store::compact(const ProgressCallback& progress) {
  // Plans that are kept hold the rows of their version.
  state_->plans->clear();
  state_->database->compact(progress);
  state_->plans->clear();
}
void Store::sync() {
  state_->database->sync();
}
std::vector<Commit> Store::log(std::size_t limit, std::uint64_t before) const {
  std::vector<Commit> commits;
  for (const Totals& totals : state_->database->log(limit, before)) commits.push_back(commit_of(totals));
  return commits;
}
std::vector<std::pair<std::string, std::string>> Store::prefixes() const {
  return state_->database->prefixes();
}
std::vector<std::string> Store::check(const ProgressCallback& progress) const {
  return state_->database->check(progress);
}
bool Store::refresh() {
  const bool changed = state_->database->refresh();
  if (changed) state_->plans->clear();
  return changed;
}
void Store::backup(const std::string& directory, const ProgressCallback& progress) const {
  state_->database->backup(directory, progress);
}
RepairReport Store::repair(const std::string& path, const RepairOptions& options) {
  return repair_store(path, options);
}
void Store::restore(const std::string& directory, const std::string& path, const ProgressCallback& progress) {
  restore_backup(directory, path, progress);
}

}  // namespace dossier
