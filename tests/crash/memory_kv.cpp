#include "tests/crash/memory_kv.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>

#include "engine/store/format.h"
#include "tests/program.h"

namespace dossier::test {
namespace {

struct Entry {
  std::string key;
  std::string value;
};
using EntryPointer = std::shared_ptr<const Entry>;

struct Node;
using Tree = std::shared_ptr<const Node>;
struct Node {
  EntryPointer entry;
  std::size_t priority;
  Tree left;
  Tree right;
  std::uint64_t bytes;  // of keys and values, here and below
};

std::uint64_t bytes_of(const Tree& tree) {
  return tree == nullptr ? 0 : tree->bytes;
}

Tree join(EntryPointer entry, std::size_t priority, Tree left, Tree right) {
  const std::uint64_t bytes = entry->key.size() + entry->value.size() + bytes_of(left) + bytes_of(right);
  return std::make_shared<const Node>(
      Node{std::move(entry), priority, std::move(left), std::move(right), bytes});
}

// The keys less than `key`, and the others.
std::pair<Tree, Tree> split(const Tree& tree, std::string_view key) {
  if (tree == nullptr) return {};
  if (tree->entry->key < key) {
    auto [less, others] = split(tree->right, key);
    return {join(tree->entry, tree->priority, tree->left, std::move(less)), std::move(others)};
  }
  auto [less, others] = split(tree->left, key);
  return {std::move(less), join(tree->entry, tree->priority, std::move(others), tree->right)};
}

// All keys of `less` are less than those of `greater`.
Tree merge(const Tree& less, const Tree& greater) {
  if (less == nullptr) return greater;
  if (greater == nullptr) return less;
  if (less->priority >= greater->priority)
    return join(less->entry, less->priority, less->left, merge(less->right, greater));
  return join(greater->entry, greater->priority, merge(less, greater->left), greater->right);
}

Tree put(const Tree& tree, EntryPointer entry, std::size_t priority) {
  if (tree == nullptr) return join(std::move(entry), priority, nullptr, nullptr);
  // The key itself has the same priority, so it is never below a node of a lower one.
  if (priority > tree->priority) {
    auto [less, others] = split(tree, entry->key);
    return join(std::move(entry), priority, std::move(less), std::move(others));
  }
  const int order = entry->key.compare(tree->entry->key);
  if (order == 0) return join(std::move(entry), priority, tree->left, tree->right);
  if (order < 0)
    return join(tree->entry, tree->priority, put(tree->left, std::move(entry), priority), tree->right);
  return join(tree->entry, tree->priority, tree->left, put(tree->right, std::move(entry), priority));
}

Tree erase(const Tree& tree, std::string_view key) {
  if (tree == nullptr) return nullptr;
  const int order = key.compare(tree->entry->key);
  if (order == 0) return merge(tree->left, tree->right);
  if (order < 0) return join(tree->entry, tree->priority, erase(tree->left, key), tree->right);
  return join(tree->entry, tree->priority, tree->left, erase(tree->right, key));
}

// The first entry whose key is greater than `key`, or also equal to it; null when there is none.
EntryPointer first_from(const Tree& tree, std::string_view key, bool also_equal) {
  EntryPointer found;
  for (const Node* node = tree.get(); node != nullptr;) {
    const int order = key.compare(node->entry->key);
    if (order < 0 || (order == 0 && also_equal)) {
      found = node->entry;
      node = node->left.get();
    } else {
      node = node->right.get();
    }
  }
  return found;
}

// The last entry whose key is less than `key`, or also equal to it.
EntryPointer last_until(const Tree& tree, std::string_view key, bool also_equal) {
  EntryPointer found;
  for (const Node* node = tree.get(); node != nullptr;) {
    const int order = key.compare(node->entry->key);
    if (order > 0 || (order == 0 && also_equal)) {
      found = node->entry;
      node = node->right.get();
    } else {
      node = node->left.get();
    }
  }
  return found;
}

std::uint64_t bytes_before(const Tree& tree, std::string_view key) {
  std::uint64_t bytes = 0;
  for (const Node* node = tree.get(); node != nullptr;) {
    if (node->entry->key < key) {
      bytes += node->bytes - bytes_of(node->right);
      node = node->right.get();
    } else {
      node = node->left.get();
    }
  }
  return bytes;
}

// A key that gets a value, or without one is erased.
struct Change {
  Family family;
  EntryPointer entry;
  bool erased;
};

struct State final : KeyValueSnapshot, std::enable_shared_from_this<State> {
  std::array<Tree, kFamilies> trees;
  const Tree& tree(Family family) const { return trees[static_cast<std::size_t>(family)]; }
  void apply(const Change& change) {
    Tree& changed = trees[static_cast<std::size_t>(change.family)];
    const std::string& key = change.entry->key;
    if (!change.erased) {
      changed = put(changed, change.entry, std::hash<std::string>()(key));
    } else if (const EntryPointer found = first_from(changed, key, true); found && found->key == key) {
      changed = erase(changed, key);
    }
  }
};

class MemoryCursor final : public KeyValueCursor {
 public:
  MemoryCursor(std::shared_ptr<const State> state, Family family, std::string_view lower,
               std::string_view upper)
      : state_(std::move(state)), tree_(state_->tree(family)), lower_(lower), upper_(upper) {}
  bool valid() const override { return entry_ != nullptr; }
  void seek(std::string_view key) override {
    take(first_from(tree_, std::max<std::string_view>(key, lower_), true));
  }
  void seek_for_prev(std::string_view key) override {
    const bool above = !upper_.empty() && key >= upper_;
    take(above ? last_until(tree_, upper_, false) : last_until(tree_, key, true));
  }
  void next() override { take(first_from(tree_, current().key, false)); }
  void previous() override { take(last_until(tree_, current().key, false)); }
  std::string_view key() const override { return current().key; }
  std::string_view value() const override { return current().value; }

 private:
  const Entry& current() const {
    if (entry_ == nullptr) throw std::logic_error("the cursor stands nowhere");
    return *entry_;
  }
  void take(EntryPointer entry) {
    const bool inside = entry != nullptr && entry->key >= lower_ && (upper_.empty() || entry->key < upper_);
    entry_ = inside ? std::move(entry) : nullptr;
  }

  std::shared_ptr<const State> state_;
  const Tree& tree_;
  std::string lower_;
  std::string upper_;
  EntryPointer entry_;
};

class MemoryPinnedValue final : public PinnedValue {
 public:
  explicit MemoryPinnedValue(EntryPointer entry) : entry_(std::move(entry)) {}
  std::string_view bytes() const override { return entry_->value; }

 private:
  EntryPointer entry_;
};

class MemoryBatch final : public KeyValueBatch {
 public:
  void put(Family family, std::string_view key, std::string_view value) override {
    add({family, std::make_shared<const Entry>(Entry{std::string(key), std::string(value)}), false});
  }
  void erase(Family family, std::string_view key) override {
    add({family, std::make_shared<const Entry>(Entry{std::string(key), {}}), true});
  }
  std::size_t bytes() const override { return bytes_; }
  void clear() override {
    changes_.clear();
    bytes_ = 0;
  }
  const std::vector<Change>& changes() const { return changes_; }

 private:
  void add(Change change) {
    bytes_ += change.entry->key.size() + change.entry->value.size();
    changes_.push_back(std::move(change));
  }
  std::vector<Change> changes_;
  std::size_t bytes_ = 0;
};

// The finished runs by their paths.
class Runs {
 public:
  void add(const std::string& path, std::vector<Change> run) {
    const std::lock_guard lock(mutex_);
    runs_[path] = std::move(run);
  }
  std::vector<Change> take(const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(path);
    if (found == runs_.end()) throw StorageError(StorageError::Reason::io, "there is no run " + path);
    std::vector<Change> run = std::move(found->second);
    runs_.erase(found);
    return run;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<Change>> runs_;
};

class MemoryRunWriter final : public SortedRunWriter {
 public:
  MemoryRunWriter(std::shared_ptr<Runs> runs, Family family, std::string path)
      : runs_(std::move(runs)), family_(family), path_(std::move(path)) {}
  void put(std::string_view key, std::string_view value) override { add(key, value, false); }
  void erase(std::string_view key) override { add(key, {}, true); }
  std::uint64_t finish() override {
    if (run_.empty()) throw std::logic_error("the run " + path_ + " is empty");
    runs_->add(path_, std::move(run_));
    return bytes_;
  }
  bool empty() const override { return run_.empty(); }

 private:
  void add(std::string_view key, std::string_view value, bool erased) {
    if (!run_.empty() && run_.back().entry->key >= key)
      throw std::logic_error("the keys of the run " + path_ + " do not ascend");
    run_.push_back(
        {family_, std::make_shared<const Entry>(Entry{std::string(key), std::string(value)}), erased});
    bytes_ += key.size() + value.size();
  }
  std::shared_ptr<Runs> runs_;
  Family family_;
  std::string path_;
  std::vector<Change> run_;
  std::uint64_t bytes_ = 0;
};

class MemoryStore final : public KeyValueStore {
 public:
  bool get(const KeyValueSnapshot* snapshot, Family family, std::string_view key,
           std::string& value) const override {
    const EntryPointer found = find(*state_of(snapshot), family, key);
    if (found != nullptr) value = found->value;
    return found != nullptr;
  }
  std::unique_ptr<PinnedValue> pin(const KeyValueSnapshot* snapshot, Family family,
                                   std::string_view key) const override {
    EntryPointer found = find(*state_of(snapshot), family, key);
    return found == nullptr ? nullptr : std::make_unique<MemoryPinnedValue>(std::move(found));
  }
  std::vector<std::optional<std::string>> multi_get(const KeyValueSnapshot* snapshot, Family family,
                                                    std::span<const std::string> keys) const override {
    const auto state = state_of(snapshot);
    std::vector<std::optional<std::string>> values;
    for (const std::string& key : keys) {
      const EntryPointer found = find(*state, family, key);
      values.push_back(found == nullptr ? std::nullopt : std::optional(found->value));
    }
    return values;
  }
  std::unique_ptr<KeyValueCursor> cursor(const KeyValueSnapshot* snapshot, Family family,
                                         std::string_view lower, std::string_view upper,
                                         bool /*sequential*/) const override {
    return std::make_unique<MemoryCursor>(state_of(snapshot), family, lower, upper);
  }
  std::shared_ptr<const KeyValueSnapshot> snapshot() const override { return present(); }
  std::unique_ptr<KeyValueBatch> batch() const override { return std::make_unique<MemoryBatch>(); }

  void write(KeyValueBatch& batch, bool /*sync*/) override {
    apply(dynamic_cast<MemoryBatch&>(batch).changes());
  }
  void sync() override {}
  std::unique_ptr<SortedRunWriter> run_writer(Family family, const std::string& path) const override {
    return std::make_unique<MemoryRunWriter>(runs_, family, path);
  }
  void ingest(const std::vector<std::pair<Family, std::vector<std::string>>>& files) override {
    std::vector<Change> all;
    for (const auto& [family, paths] : files) {
      std::vector<std::vector<Change>> runs;
      for (const std::string& path : paths) {
        runs.push_back(runs_->take(path));
        if (runs.back().front().family != family)
          throw std::logic_error("the run " + path + " is of another family");
      }
      std::sort(runs.begin(), runs.end(),
                [](const auto& a, const auto& b) { return a.front().entry->key < b.front().entry->key; });
      for (std::size_t i = 0; i < runs.size(); ++i) {
        if (i > 0 && runs[i - 1].back().entry->key >= runs[i].front().entry->key)
          throw std::logic_error("runs of one family overlap");
      }
      for (const auto& run : runs) all.insert(all.end(), run.begin(), run.end());
    }
    apply(all);
  }

  std::string temporary_directory() const override { return folder_ / "runs"; }
  std::string spill_directory() const override { return folder_ / "spill"; }
  bool checkpoint(const std::string&) const override { return false; }
  std::vector<std::string> verify(const VerifyTick&) const override { return {}; }
  void compact(Family) override {}
  std::uint64_t approximate_bytes(Family family, std::string_view lower,
                                  std::string_view upper) const override {
    const auto state = present();
    return bytes_before(state->tree(family), upper) - bytes_before(state->tree(family), lower);
  }
  void flush() override {}
  MemoryFigures memory() const override { return {}; }
  std::uint64_t disk_bytes() const override {
    std::uint64_t bytes = 0;
    for (const Tree& tree : present()->trees) bytes += bytes_of(tree);
    return bytes;
  }

 private:
  static EntryPointer find(const State& state, Family family, std::string_view key) {
    EntryPointer found = first_from(state.tree(family), key, true);
    return found != nullptr && found->key == key ? found : nullptr;
  }
  std::shared_ptr<const State> present() const {
    const std::lock_guard lock(present_mutex_);
    return present_;
  }
  std::shared_ptr<const State> state_of(const KeyValueSnapshot* snapshot) const {
    if (snapshot == nullptr) return present();
    return dynamic_cast<const State&>(*snapshot).shared_from_this();
  }
  void apply(const std::vector<Change>& changes) {
    const std::lock_guard writing(write_mutex_);
    auto next = std::make_shared<State>(*present());
    for (const Change& change : changes) next->apply(change);
    std::shared_ptr<const State> old = std::move(next);
    const std::lock_guard lock(present_mutex_);
    present_.swap(old);
  }

  dossier::testing::TemporaryFolder folder_;
  std::shared_ptr<Runs> runs_ = std::make_shared<Runs>();
  std::mutex write_mutex_;
  mutable std::mutex present_mutex_;
  std::shared_ptr<const State> present_ = std::make_shared<const State>();
};

}  // namespace

std::shared_ptr<KeyValueStore> make_memory_kv() {
  return std::make_shared<MemoryStore>();
}

}  // namespace dossier::test
