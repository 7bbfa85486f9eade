#include "engine/store/load_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/io/file_iri.h"
#include "engine/io/table_reader.h"

namespace dossier {
namespace {

constexpr std::size_t kMostReported = 10;
constexpr std::uint64_t kSmallSource = 256 << 10;  // bytes; below, threads cost more than they give
constexpr std::size_t kPiecesPerThread = 2;        // parsed and waiting, for each worker
constexpr std::size_t kQuadBytesPerTableByte = 8;  // of N-Triples, about
constexpr std::size_t kLeastTablePiece = 16 << 10;

std::uint64_t count_lines(std::string_view text) {
  std::uint64_t lines = 0;
  const char* at = text.data();
  const char* end = at + text.size();
  // Eight bytes at a time: a byte that equals '\n' gives a one in its place of `found`, and the places are summed before
  // they can overflow.
  constexpr std::uint64_t kNewlines = 0x0A0A0A0A0A0A0A0AULL;
  constexpr std::uint64_t kLow = 0x7F7F7F7F7F7F7F7FULL;
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  while (end - at >= 8) {
    const char* stop = at + std::min<std::ptrdiff_t>((end - at) / 8, 31) * 8;
    std::uint64_t found = 0;
    for (; at < stop; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      word ^= kNewlines;
      found += ~(((word & kLow) + kLow) | word) >> 7 & kOnes;
    }
    lines += found * kOnes >> 56;
  }
  for (; at < end; ++at) lines += *at == '\n';
  return lines;
}

void add_report(const std::string& name, const ReadReport& from, std::uint64_t lines_before,
                LoadReport& report) {
  report.quads += from.quads;
  report.bad += from.bad;
  for (const BadStatement& bad : from.first_bad) {
    if (report.first_bad.size() >= kMostReported) break;
    report.first_bad.push_back(
        fmt::format("{}:{}:{}: {}", name, bad.line + lines_before, bad.column, bad.message));
  }
  for (const auto& prefix : from.prefixes) {
    const auto same = std::find_if(report.prefixes.begin(), report.prefixes.end(),
                                   [&](const auto& have) { return have.first == prefix.first; });
    if (same == report.prefixes.end()) {
      report.prefixes.push_back(prefix);
    } else {
      same->second = prefix.second;
    }
  }
}

// A piece of text on its way through a worker.
struct Piece {
  std::string text;
  io::TablePlace place;  // of a table: where it begins
  QuadBatch batch;
  ReadReport report;
  std::uint64_t lines = 0;  // in it, where `place` does not tell
  std::uint64_t done = 0;
  std::exception_ptr error;
  bool last = false;

  explicit Piece(std::uint64_t seed) : batch(seed) {}
};

// How a source is cut into pieces, and how one is read.
class PieceReader {
 public:
  virtual ~PieceReader() = default;
  // Fills the text; false: it is the last one. In one thread at a time.
  virtual bool cut(Piece& piece) = 0;
  // Text to batch and report. In many threads.
  virtual void read(Piece& piece) const = 0;
  // Throws the error of a piece, with its place in the source, if `read` could not know that.
  virtual void read_again(Piece& /*piece*/, std::uint64_t /*lines_before*/) const {}
};

// Cuts a source into pieces that end at line ends.
class LineCutter {
 public:
  LineCutter(ByteSource& source, const ReadOptions& options, std::size_t piece_bytes)
      : source_(source), options_(options), piece_bytes_(piece_bytes), longest_(4 * options.max_term_bytes) {}

  // Fills `text`; false: this is the last piece.
  bool next(std::string& text) {
    text.swap(rest_);
    rest_.clear();
    std::size_t searched = 0;
    std::size_t size = text.size();
    std::size_t wanted = std::max(piece_bytes_, size + piece_bytes_ / 2);
    for (;;) {
      text.resize(wanted);
      while (size < wanted) {
        const std::size_t got = source_.read(text.data() + size, wanted - size);
        if (got == 0) {
          text.resize(size);
          return false;
        }
        size += got;
      }
      const void* end = memrchr(text.data() + searched, '\n', size - searched);
      if (end != nullptr) {
        const auto cut = static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) + 1;
        rest_.assign(text, cut, size - cut);
        text.resize(cut);
        return true;
      }
      if (size > longest_) {
        throw DataError(fmt::format("{}: a line is longer than {} bytes", options_.name, longest_),
                        options_.name);
      }
      searched = size;
      wanted = 2 * size;
    }
  }

 private:
  ByteSource& source_;
  const ReadOptions& options_;
  std::size_t piece_bytes_;
  std::size_t longest_;
  std::string rest_;
};

class LinePieces final : public PieceReader {
 public:
  LinePieces(ByteSource& source, Format format, const ReadOptions& read, std::size_t piece_bytes)
      : cutter_(source, read, piece_bytes), format_(format), read_(read) {}
  bool cut(Piece& piece) override { return cutter_.next(piece.text); }
  void read(Piece& piece) const override {
    read_lines(piece.text, format_, 1, read_, piece.batch, piece.report);
    piece.lines = count_lines(piece.text);
  }
  void read_again(Piece& piece, std::uint64_t lines_before) const override {
    read_lines(piece.text, format_, lines_before + 1, read_, piece.batch, piece.report);
  }

 private:
  LineCutter cutter_;
  Format format_;
  const ReadOptions& read_;
};

class TablePieces final : public PieceReader {
 public:
  explicit TablePieces(io::TableReader& table) : table_(table) {}
  bool cut(Piece& piece) override { return table_.next_piece(piece.text, piece.place); }
  void read(Piece& piece) const override {
    table_.read_piece(piece.text, piece.place, piece.batch, piece.report, nullptr);
  }

 private:
  io::TableReader& table_;
};

// Workers take the next piece of the source under a lock, parse it, and put it where the consumer waits for
// its number.
class ParallelPieces {
 public:
  ParallelPieces(ByteSource& source, PieceReader& pieces, const std::string& name, const FeedOptions& options)
      : source_(source), pieces_(pieces), name_(name), seed_(options.hash_seed) {
    const unsigned threads = std::max(1U, options.threads);
    window_ = threads * kPiecesPerThread + 1;
    try {
      for (unsigned i = 0; i < threads; ++i) workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }
  ~ParallelPieces() { stop(); }

  void run(LoadReport& report, const BatchConsumer& consume) {
    std::uint64_t lines = 0;
    for (std::uint64_t number = 0;; ++number) {
      std::unique_ptr<Piece> piece;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return ready_.contains(number); });
        piece = std::move(ready_[number]);
        ready_.erase(number);
        wanted_ = number + 1;
      }
      changed_.notify_all();
      if (piece->error) {
        // Once more, now that the number of the first line is known: the message names it.
        if (!piece->text.empty()) pieces_.read_again(*piece, lines);
        std::rethrow_exception(piece->error);
      }
      add_report(name_, piece->report, lines, report);
      lines += piece->lines;
      consume(piece->batch, piece->done, source_.total());
      if (piece->last) return;
      piece->batch.clear();
      const std::lock_guard lock(mutex_);
      spare_.push_back(std::move(piece));
    }
  }

 private:
  void work() {
    for (;;) {
      std::unique_ptr<Piece> piece;
      std::uint64_t number;
      {
        const std::lock_guard reading(reading_);
        {
          std::unique_lock lock(mutex_);
          changed_.wait(lock, [&] { return stopped_ || ended_ || taken_ < wanted_ + window_; });
          if (stopped_ || ended_) return;
          number = taken_++;
          if (!spare_.empty()) {
            piece = std::move(spare_.back());
            spare_.pop_back();
          }
        }
        if (piece == nullptr) piece = std::make_unique<Piece>(seed_);
        try {
          piece->last = !pieces_.cut(*piece);
          piece->done = source_.consumed();
        } catch (...) {
          piece->error = std::current_exception();
          piece->text.clear();
          piece->last = true;
        }
        if (piece->last) {
          const std::lock_guard lock(mutex_);
          ended_ = true;
        }
      }
      if (!piece->error) {
        try {
          piece->report = ReadReport();
          pieces_.read(*piece);
        } catch (...) {
          piece->error = std::current_exception();
        }
      }
      {
        const std::lock_guard lock(mutex_);
        ready_[number] = std::move(piece);
      }
      changed_.notify_all();
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  ByteSource& source_;
  PieceReader& pieces_;
  const std::string& name_;
  std::uint64_t seed_;
  std::uint64_t window_ = 0;

  std::mutex reading_;  // held while a worker takes a piece; locked before mutex_
  std::mutex mutex_;    // of all that follows
  std::condition_variable changed_;
  std::map<std::uint64_t, std::unique_ptr<Piece>> ready_;
  std::vector<std::unique_ptr<Piece>> spare_;
  std::uint64_t taken_ = 0;
  std::uint64_t wanted_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
  std::vector<std::thread> workers_;
};

// One thread reads Turtle or TriG while the caller consumes.
class BackgroundReader {
 public:
  BackgroundReader(ByteSource& source, Format format, const ReadOptions& read, std::uint64_t seed)
      : source_(source), seed_(seed), worker_([this, format, &read] { work(format, read); }) {}
  ~BackgroundReader() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    worker_.join();
  }

  ReadReport run(const BatchConsumer& consume) {
    for (;;) {
      std::unique_ptr<QuadBatch> batch;
      std::uint64_t done;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !queue_.empty() || ended_; });
        if (queue_.empty()) break;
        batch = std::move(queue_.front());
        queue_.erase(queue_.begin());
        done = done_;
      }
      changed_.notify_all();
      consume(*batch, done, source_.total());
      batch->clear();
      const std::lock_guard lock(mutex_);
      spare_.push_back(std::move(batch));
    }
    if (error_) std::rethrow_exception(error_);
    return report_;
  }

 private:
  static constexpr std::size_t kMostWaiting = 2;
  struct Stopped {};

  void work(Format format, const ReadOptions& read) {
    ReadReport report;
    std::exception_ptr error;
    try {
      report = read_rdf(source_, format, read, [&](QuadBatch& batch) { hand_on(batch); });
    } catch (const Stopped&) {
    } catch (...) {
      error = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      report_ = std::move(report);
      error_ = error;
      ended_ = true;
    }
    changed_.notify_all();
  }

  void hand_on(QuadBatch& batch) {
    std::unique_ptr<QuadBatch> full;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopped_ || queue_.size() < kMostWaiting; });
      if (stopped_) throw Stopped();
      if (!spare_.empty()) {
        full = std::move(spare_.back());
        spare_.pop_back();
      }
    }
    if (full == nullptr) full = std::make_unique<QuadBatch>(seed_);
    std::swap(*full, batch);
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(full));
      done_ = source_.consumed();
    }
    changed_.notify_all();
  }

  ByteSource& source_;
  std::uint64_t seed_;
  std::mutex mutex_;  // of all that follows but the worker
  std::condition_variable changed_;
  std::vector<std::unique_ptr<QuadBatch>> queue_;
  std::vector<std::unique_ptr<QuadBatch>> spare_;
  std::uint64_t done_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
  ReadReport report_;
  std::exception_ptr error_;
  std::thread worker_;
};

}  // namespace

void read_source(const LoadSource& source, const FeedOptions& options, LoadReport& report,
                 const BatchConsumer& consume) {
  ReadOptions read;
  read.name = source.path;
  read.hash_seed = options.hash_seed;
  read.skip_bad = options.skip_bad;
  read.table = options.table;
  std::optional<Format> format = options.format;
  if (!format && !source.text) format = format_of_path(source.path);
  if (!format) {
    throw QueryError(source.path + ": the name does not tell its format; say which (nt, nq, ttl, trig, rdfxml, csv, tsv)");
  }
  if (!is_input_format(*format)) {
    throw QueryError(fmt::format("{}: cannot load {}; it must be nt, nq, ttl, trig, rdfxml, csv or tsv", source.path,
                                 format_name(*format)));
  }
  if (source.base) {
    read.base = *source.base;
  } else if (!options.base.empty()) {
    read.base = options.base;
  } else if (!source.text && source.path != "-") {
    read.base = file_iri(source.path);
  }
  const std::unique_ptr<ByteSource> bytes =
      source.text ? memory_source(*source.text) : open_source(source.path);
  const bool lines = *format == Format::nt || *format == Format::nq;
  const bool small = bytes->total() != 0 && bytes->total() < kSmallSource && !bytes->compressed();
  if (small || (source.text && source.text->empty())) {
    ReadReport from = read_rdf(*bytes, *format, read, [&](QuadBatch& batch) {
      consume(batch, bytes->consumed(), bytes->total());
      batch.clear();
    });
    add_report(read.name, from, 0, report);
  } else if (lines) {
    LinePieces pieces(*bytes, *format, read, options.piece_bytes);
    ParallelPieces(*bytes, pieces, read.name, options).run(report, consume);
  } else if (!is_rdf_format(*format)) {
    // A row says in few bytes what takes many in N-Triples: the terms of a piece are to fit into the caches.
    read.batch_bytes = std::max(options.piece_bytes / kQuadBytesPerTableByte, kLeastTablePiece);
    io::TableReader table(*bytes, *format, read);
    ReadReport declared;
    declared.prefixes = table.prefixes();
    add_report(read.name, declared, 0, report);
    TablePieces pieces(table);
    ParallelPieces(*bytes, pieces, read.name, options).run(report, consume);
  } else {
    read.batch_bytes = 2 * options.piece_bytes;
    add_report(read.name, BackgroundReader(*bytes, *format, read, options.hash_seed).run(consume), 0, report);
  }
}

}  // namespace dossier
