// Store::on_commit: what a commit changed, as quads.
#include <algorithm>

#include "engine/change_feed.h"
#include "engine/quad_cursor.h"
#include "engine/session_core.h"

namespace dossier {
namespace {

constexpr std::size_t kRowsAtOnce = 1024;

// Fills the columns of a RowBlock from rows.
class RowColumns {
 public:
  void clear() {
    for (auto& column : columns_) column.clear();
  }
  void add(const Row& row) {
    for (std::size_t c = 0; c < 4; ++c) columns_[c].push_back(row[c]);
  }
  std::size_t rows() const { return columns_[0].size(); }
  bool show(RowBlock& block) const {
    for (std::size_t c = 0; c < 4; ++c) block.columns[c] = columns_[c].data();
    block.rows = rows();
    return block.rows > 0;
  }

 private:
  std::array<std::vector<Id>, 4> columns_;
};

// The rows of a commit, which outlive the cursor.
class ListedRows final : public RowCursor {
 public:
  explicit ListedRows(const std::vector<Row>& rows) : rows_(rows) {}
  bool next(RowBlock& block) override {
    columns_.clear();
    for (; next_ < rows_.size() && columns_.rows() < kRowsAtOnce; ++next_) columns_.add(rows_[next_]);
    return columns_.show(block);
  }
  void seek(const Row& row, int length) override {
    while (next_ < rows_.size() &&
           std::lexicographical_compare(rows_[next_].begin(), rows_[next_].begin() + length, row.begin(),
                                        row.begin() + length))
      ++next_;
  }

 private:
  const std::vector<Row>& rows_;
  std::size_t next_ = 0;
  RowColumns columns_;
};

// The rows of one snapshot that another lacks.
class DifferenceRows final : public RowCursor {
 public:
  DifferenceRows(const Snapshot& of, const Snapshot& without)
      : of_(of.scan(ScanRange{}, kAllColumns)), without_(without.scan(ScanRange{}, kAllColumns)) {}
  bool next(RowBlock& block) override {
    columns_.clear();
    while (columns_.rows() < kRowsAtOnce && of_.valid()) {
      while (without_.valid() && without_.row() < of_.row()) without_.next();
      if (!without_.valid() || without_.row() != of_.row()) columns_.add(of_.row());
      of_.next();
    }
    return columns_.show(block);
  }
  void seek(const Row& row, int length) override {
    while (of_.valid() && std::lexicographical_compare(of_.row().begin(), of_.row().begin() + length,
                                                       row.begin(), row.begin() + length))
      of_.next();
  }

 private:
  class Side {
   public:
    explicit Side(std::unique_ptr<RowCursor> cursor) : cursor_(std::move(cursor)) { read(); }
    bool valid() const { return valid_; }
    const Row& row() const { return row_; }
    void next() {
      ++at_;
      read();
    }

   private:
    void read() {
      if (at_ == block_.rows) {
        at_ = 0;
        block_.rows = 0;
        valid_ = cursor_->next(block_);
        if (!valid_) return;
      }
      for (std::size_t c = 0; c < 4; ++c) row_[c] = block_.columns[c][at_];
    }
    std::unique_ptr<RowCursor> cursor_;
    RowBlock block_;
    std::size_t at_ = 0;
    bool valid_ = true;
    Row row_{};
  };

  Side of_;
  Side without_;
  RowColumns columns_;
};

}  // namespace

struct ChangeSet::State {
  Commit commit;
  const CommittedChange& change;

  QuadCursor rows(bool added) const {
    auto state = std::make_unique<QuadCursor::State>();
    state->snapshot = added ? change.after : change.before;
    const std::vector<Row>* const listed = added ? change.inserted : change.erased;
    if (listed != nullptr)
      state->cursor = std::make_unique<ListedRows>(*listed);
    else if (added)
      state->cursor = std::make_unique<DifferenceRows>(*change.after, *change.before);
    return QuadCursor(std::move(state));
  }
};

const Commit& ChangeSet::commit() const {
  return state_.commit;
}
QuadCursor ChangeSet::added() const {
  return state_.rows(true);
}
QuadCursor ChangeSet::removed() const {
  return state_.rows(false);
}

struct Subscription::State {
  std::shared_ptr<Store::State> store;
  std::shared_ptr<Listening> listening;
};

Subscription::Subscription(std::unique_ptr<State> state) : state_(std::move(state)) {}
Subscription::Subscription(Subscription&&) noexcept = default;
Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (state_) state_->listening->end();
  state_ = std::move(other.state_);
  return *this;
}
Subscription::~Subscription() {
  if (state_) state_->listening->end();
}

Commit commit_of(const Totals& totals) {
  using Time = std::chrono::sys_time<std::chrono::milliseconds>;
  return {totals.sequence, Time(std::chrono::milliseconds(totals.time)), totals.inserted, totals.erased,
          totals.quads};
}

Subscription Store::on_commit(std::function<void(const ChangeSet&)> listener) {
  auto state = std::make_unique<Subscription::State>();
  state->store = state_;
  state->listening =
      state_->database->listen([listener = std::move(listener)](const CommittedChange& change) {
        const ChangeSet::State set{commit_of(change.totals), change};
        listener(ChangeSet(set));
      });
  return Subscription(std::move(state));
}

}  // namespace dossier
