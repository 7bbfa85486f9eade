#include "engine/store/insert_file.h"

#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/cdt/labels.h"
#include "engine/io/file_iri.h"
#include "engine/store/transaction.h"

namespace dossier {
namespace {

// Writes the batches of one file.
class BatchInserter {
 public:
  BatchInserter(WriteTransaction& transaction, Id graph) : transaction_(transaction), graph_(graph) {}

  void insert(QuadBatch& batch) {
    const auto& entries = batch.entries();
    const auto in_dictionary = [](const QuadBatch::Entry& entry) {
      return !entry.is_triple && !entry.inline_id.is_bound();
    };
    terms_.clear();
    renamed_.clear();
    for (QuadBatch::Index i = 0; i < entries.size(); ++i)
      if (in_dictionary(entries[i]) && batch.bytes(i).front() != kBlankByte)
        terms_.push_back(with_stored_labels(batch.bytes(i)));
    const std::vector<Id> interned = transaction_.intern(terms_);
    auto next = interned.begin();
    ids_.clear();
    for (QuadBatch::Index i = 0; i < entries.size(); ++i) {
      const auto& entry = entries[i];
      if (entry.is_triple) {
        // Components come before the term itself.
        ids_.push_back(
            transaction_.intern_triple(ids_[entry.triple[0]], ids_[entry.triple[1]], ids_[entry.triple[2]]));
      } else if (!in_dictionary(entry)) {
        ids_.push_back(entry.inline_id);
      } else if (const std::string_view bytes = batch.bytes(i); bytes.front() == kBlankByte) {
        ids_.push_back(blank(bytes.substr(1)));
      } else {
        ids_.push_back(*next++);
      }
    }
    rows_.clear();
    for (const auto& [s, p, o, g] : batch.rows())
      rows_.push_back({ids_[s], ids_[p], ids_[o], g == QuadBatch::kDefault ? graph_ : ids_[g]});
    added_ += transaction_.insert(rows_);
    batch.clear();
  }
  std::uint64_t added() const { return added_; }

 private:
  Id blank(std::string_view label) {
    const auto [at, added] = blanks_.try_emplace(std::string(label), kUnbound);
    if (added) at->second = transaction_.fresh_blank();
    return at->second;
  }

  // The labels in a list or map become those of the store.
  std::string_view with_stored_labels(std::string_view bytes) {
    std::string storage;
    const std::string_view result = cdt::rename_labels(
        storage, bytes, [&](std::string_view label) { return stored_label(blank(label)); });
    if (result.data() == bytes.data()) return bytes;
    return renamed_.emplace_back(std::move(storage));
  }

  WriteTransaction& transaction_;
  Id graph_;
  std::unordered_map<std::string, Id> blanks_;
  std::vector<std::string_view> terms_;
  std::deque<std::string> renamed_;  // that terms_ refers to
  std::vector<Id> ids_;
  std::vector<Row> rows_;
  std::uint64_t added_ = 0;
};

// Calls `before` at each piece that is read: a file of comments makes no batch.
class WatchedSource final : public ByteSource {
 public:
  WatchedSource(ByteSource& source, std::function<void()> before)
      : source_(source), before_(std::move(before)) {}
  std::size_t read(char* data, std::size_t size) override {
    before_();
    return source_.read(data, size);
  }
  std::uint64_t consumed() const override { return source_.consumed(); }
  std::uint64_t total() const override { return source_.total(); }
  bool compressed() const override { return source_.compressed(); }

 private:
  ByteSource& source_;
  std::function<void()> before_;
};

void require_one_graph(const std::string& path, const QuadBatch& batch) {
  for (const auto& row : batch.rows()) {
    if (row[3] == QuadBatch::kDefault) continue;
    const std::string_view name = batch.bytes(row[3]);
    throw DataError(path + ": the file holds named graphs (" + term_from_bytes(name).to_string() +
                        " is one), and one graph cannot take them in; leave the graph to load it into out",
                    path);
  }
}

}  // namespace

InsertFileReport insert_file(WriteTransaction& transaction, const std::string& path,
                             const InsertFileOptions& options) {
  const auto format = options.format ? options.format : format_of_path(path);
  if (!format)
    throw DataError(
        path +
            ": the name does not tell the format; known are .nt, .nq, .ttl, .trig, .rdf, .owl, "
            ".xml, .csv and .tsv, with .gz or .zst behind them",
        path);
  const auto file = open_source(path);
  std::uint64_t rows = 0;
  const auto progress = [&] {
    if (options.progress) options.progress({Stage::reading, file->consumed(), file->total(), rows});
  };
  WatchedSource source(*file, progress);
  ReadOptions read;
  read.name = path;
  read.base = options.base.empty() ? file_iri(path) : options.base;
  read.hash_seed = transaction.hash_seed();
  read.skip_bad = options.skip_bad;
  read.table = &options.table;
  BatchInserter inserter(transaction, options.graph);
  InsertFileReport report;
  report.read = read_rdf(source, *format, read, [&](QuadBatch& batch) {
    if (options.one_graph) require_one_graph(path, batch);
    rows += batch.rows().size();
    inserter.insert(batch);
    progress();
  });
  report.added = inserter.added();
  for (const auto& [label, iri] : report.read.prefixes) transaction.declare_prefix(label, iri);
  return report;
}

}  // namespace dossier
