// Dossier: an embedded store for dated, sourced knowledge graphs. This header is the whole public API.
//
//   #include <dossier.h>
//   #include <iostream>
//
//   int main() {
//     auto store = dossier::Store::open(":memory:");
//     auto session = store.session();
//     session.update("PREFIX : <http://example.org/> INSERT DATA { :chen :heads :police {| :since '2025-06-13' |} }");
//     auto result = session.query("PREFIX : <http://example.org/> SELECT ?who ?when { ?who :heads ?what {| :since ?when |} }");
//     while (result.next()) std::cout << result.get(0)->value() << ' ' << result.get(1)->value() << '\n';
//   }
//
// Data model: RDF 1.2. Query language: SPARQL 1.2. Thread-safety: a Store may be used from all threads; a Session, a
// Result, a Transaction, a QuadCursor from one thread at a time. `Session::cancel` may be called from any thread.
// Errors: every failure is an exception below Error; its what() says what to do. No other exception leaves the library
// but std::bad_alloc.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(__GNUC__)
#define DOSSIER_API __attribute__((visibility("default")))
#else
#define DOSSIER_API
#endif

namespace dossier {

// ---- errors

class DOSSIER_API Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A query, an update or a term that is not well-formed. what() shows the line and a caret.
class DOSSIER_API ParseError : public Error {
 public:
  ParseError(const std::string& report, std::size_t line, std::size_t column, bool at_end)
      : Error(report), line_(line), column_(column), at_end_(at_end) {}
  std::size_t line() const { return line_; }      // from 1
  std::size_t column() const { return column_; }  // from 1, in code points
  bool at_end() const { return at_end_; }         // the text ended too early: more of it may mend it

 private:
  std::size_t line_;
  std::size_t column_;
  bool at_end_;
};

// RDF text, a table or its map that cannot be read: `file:line:column: what`. A line of 0: the file as a whole.
class DOSSIER_API DataError : public Error {
 public:
  DataError(const std::string& report, std::string file, std::uint64_t line = 0, std::uint64_t column = 0)
      : Error(report), file_(std::move(file)), line_(line), column_(column) {}
  const std::string& file() const { return file_; }
  std::uint64_t line() const { return line_; }
  std::uint64_t column() const { return column_; }

 private:
  std::string file_;
  std::uint64_t line_;
  std::uint64_t column_;
};

// A well-formed query that cannot be answered (SERVICE, for one), or a call that the state does not allow.
class DOSSIER_API QueryError : public Error {
 public:
  using Error::Error;
};

// The work was stopped: past its time, cancelled, or out of its memory budget.
class DOSSIER_API LimitError : public Error {
 public:
  enum class Reason : std::uint8_t { timeout, cancelled, memory, size };
  LimitError(Reason reason, const std::string& report) : Error(report), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// The store cannot be opened, read or written. After a write that failed (io) a store takes no more until it is opened anew:
// nobody knows what of it stands on the disk. Reading goes on.
class DOSSIER_API StorageError : public Error {
 public:
  enum class Reason : std::uint8_t { missing, not_a_store, in_use, version, read_only, io };
  StorageError(Reason reason, const std::string& report) : Error(report), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// The bytes of the store are damaged; what() names what and where.
class DOSSIER_API CorruptionError : public Error {
 public:
  using Error::Error;
};

// ---- terms

enum class Direction : std::uint8_t { none, ltr, rtl };
enum class TermKind : std::uint8_t { iri, blank, literal, triple };

// An RDF 1.2 term: a value that owns its text. Equality is term equality, language tags without regard to case.
class DOSSIER_API Term {
 public:
  static Term iri(std::string_view iri);
  static Term blank(std::string_view label);  // without _:
  static Term literal(std::string_view lexical);
  static Term typed(std::string_view lexical, std::string_view datatype);
  static Term tagged(std::string_view lexical, std::string_view language, Direction direction = Direction::none);
  static Term integer(std::int64_t value);
  static Term real(double value);
  static Term boolean(bool value);
  static Term triple(Term subject, Term predicate, Term object);
  // N-Triples or Turtle syntax without prefixes: `<iri>`, `"x"@en`, `5`, `<<( s p o )>>`. Throws ParseError.
  static Term parse(std::string_view text);

  Term() = default;  // the IRI ""
  TermKind kind() const { return kind_; }
  bool is_iri() const { return kind_ == TermKind::iri; }
  bool is_blank() const { return kind_ == TermKind::blank; }
  bool is_literal() const { return kind_ == TermKind::literal; }
  bool is_triple() const { return kind_ == TermKind::triple; }

  // IRI, label, or lexical form; empty for a triple term
  std::string_view value() const { return std::string_view(text_).substr(0, length_); }
  std::string_view datatype() const;                       // literals: always an IRI; else empty
  std::string_view language() const;                       // as written; empty when there is none
  Direction direction() const { return direction_; }
  const Term& subject() const;                             // triple terms only, else QueryError
  const Term& predicate() const;
  const Term& object() const;

  // The value of a literal of a numeric, boolean or date type; nothing when it is none, ill-formed or out of range.
  std::optional<std::int64_t> as_integer() const;
  std::optional<double> as_double() const;
  std::optional<bool> as_boolean() const;
  // The instant of an xsd:date (its start) or xsd:dateTime; without a zone: as UTC.
  std::optional<std::chrono::sys_time<std::chrono::milliseconds>> as_time() const;

  std::string to_string() const;  // N-Triples

  friend DOSSIER_API bool operator==(const Term& a, const Term& b);

 private:
  std::string_view extra() const { return std::string_view(text_).substr(length_); }

  TermKind kind_ = TermKind::iri;
  Direction direction_ = Direction::none;
  bool tagged_ = false;
  std::uint8_t datatype_ = 0;  // of a literal without a tag: the number of a well-known one, or that it stands in the text
  std::size_t length_ = 0;     // of the value
  std::string text_;           // the value; then the language tag, or a datatype that is not well known
  std::shared_ptr<const std::array<Term, 3>> triple_;
};

// A term of a result without a copy of its text.
struct TermView {
  TermKind kind = TermKind::iri;
  Direction direction = Direction::none;
  std::string_view value;     // as those of Term; of a triple term all are empty, see Result::get
  std::string_view datatype;
  std::string_view language;
};

struct Quad {
  Term subject;
  Term predicate;
  Term object;
  std::optional<Term> graph;  // none: the default graph
  friend bool operator==(const Quad&, const Quad&) = default;
};

// ---- options

enum class Format : std::uint8_t { table, json, xml, csv, tsv, nt, ttl, nq, trig, rdfxml };
// "json" -> Format::json; nothing when it is no format's name.
DOSSIER_API std::optional<Format> format_from_name(std::string_view name);
DOSSIER_API std::string_view format_name(Format format);

// What a commit that has returned promises when the machine crashes or loses power. A crash of the process alone loses no
// commit that has returned, whichever is chosen; and no crash ever leaves half of a commit, or a commit without those before it.
enum class Durability : std::uint8_t {
  sync,   // the commit is on the disk, one fsync each, before anybody sees it
  group,  // the commit is on the disk; commits that other threads make meanwhile share the fsync, and see it before that
  none,   // the commit lasts once the system has written it out, after `Store::sync`, or when the store was closed
};

struct OpenOptions {
  bool create = true;      // make the store when the directory does not exist or is empty
  bool read_only = false;  // one fixed state; works beside a writer and in a read-only directory
  std::size_t cache_bytes = std::size_t{256} << 20;  // of blocks, compressed and decoded, all together
  std::size_t write_buffer_bytes = std::size_t{64} << 20;
  std::size_t adjacency_bytes = std::size_t{256} << 20;  // of edges that queries keep in memory for one another
  // Plans of queries that have run, to be taken by later ones of the same text and options; 0: none.
  std::size_t kept_plans = 64;
  Durability durability = Durability::sync;
  // How long a write waits for another session's transaction, load or compaction to end, before it is a StorageError
  // (in_use). 0: not at all.
  std::chrono::milliseconds writer_wait = std::chrono::minutes(1);
};

enum class Stage : std::uint8_t { reading, sorting, writing, copying, checking, folding, packing, answering, changing, done };
struct Progress {
  Stage stage = Stage::reading;
  std::uint64_t done = 0;      // bytes of input or of files, or rows; answering, changing: rows scanned
  std::uint64_t total = 0;     // 0: not known
  std::uint64_t quads = 0;     // read so far; changing: inserted and deleted
  std::uint64_t rows = 0;      // answering: of the result so far
};
// Returning false cancels the work (LimitError).
using ProgressCallback = std::function<bool(const Progress&)>;

// How a table (csv, tsv) becomes triples; data/README.md has the language of maps with examples.
struct TableOptions {
  // Turtle with `{column}` places, said once for each row. Empty, or prefixes alone: the header line says what the columns
  // mean (`ex:{}`, `rdfs:label@en`, `ex:born^^xsd:date`).
  std::string map;
  std::string map_name = "the map";  // its file, for messages
  char separator = 0;                // 0: a comma in csv, a tab in tsv
  bool header = true;                // false: the first line is a row, and columns are named {1}, {2}, ...
  // Known to map and header without a declaration, besides well-known ones.
  std::vector<std::pair<std::string, std::string>> prefixes;
};
struct LoadOptions {
  std::optional<Format> format;           // default: by extension
  std::string base;                       // default: file: IRI of the file
  std::optional<Term> graph;              // where triples of formats without graphs, and of the default graph, go
  std::size_t memory_bytes = std::size_t{1} << 30;
  unsigned threads = 0;                   // 0: as many as the machine has
  bool skip_bad = false;
  TableOptions table;                     // of csv and tsv
  ProgressCallback progress;
};
struct RepairOptions {
  std::size_t memory_bytes = std::size_t{1} << 30;
  ProgressCallback progress;
};
struct RepairReport {
  std::vector<std::string> findings;  // what was wrong, as Store::check tells it; empty: nothing, and nothing was done
  std::vector<std::string> lost;      // what could not be repaired: terms, quads with them, other findings
  std::string kept;                   // where the damaged store is now
  std::uint64_t quads = 0;            // in the repaired store
};
struct LoadReport {
  std::uint64_t quads = 0;                // read
  std::uint64_t added = 0;                // not there before
  std::uint64_t bad = 0;                  // statements, or rows of tables, left out (skip_bad)
  std::vector<std::string> first_bad;     // the first few, as `file:line:column: what`
  std::vector<std::pair<std::string, std::string>> prefixes;  // declared in the files
  double seconds = 0;
};

struct QueryOptions {
  std::string base;
  std::vector<std::pair<std::string, std::string>> prefixes;  // declared beforehand
  std::chrono::milliseconds timeout{0};                       // 0: none
  std::size_t memory_bytes = std::size_t{1} << 30;
  unsigned threads = 0;                                       // 0: as many as the machine has
  std::uint64_t parallel_rows = 200'000;                      // scans of fewer rows stay with one thread
  bool union_default_graph = false;
  std::vector<std::pair<std::string, Term>> parameters;       // variable name without ? -> its value
  // LOAD reads any file that this process may read, and its errors show pieces of it. Off for updates that others write.
  bool load_files = true;
  // Called some ten times a second by the thread that runs the query or reads its rows; it must not use the session. Not
  // while the work of another thread or a commit is waited for.
  ProgressCallback progress;
};

// What an update changed.
struct UpdateReport {
  std::uint64_t inserted = 0;  // quads that were not there before
  std::uint64_t deleted = 0;   // quads that were there
};

// ---- results

// A path that a query found (`?a ANY SHORTEST (:knows+ AS ?p) ?b`).
struct Path {
  struct Edge {
    std::optional<Term> triple;  // of a property path: the triple term, as it is asserted
    bool backwards = false;      // walked from its object to its subject
    std::vector<std::pair<std::string, Term>> values;  // of VIA: what its pattern bound, variable names without ?
  };
  std::vector<Term> nodes;  // in the order of travel: edge i leads from node i to node i + 1
  std::vector<Edge> edges;
  std::string from, to;     // of VIA: the names under which `values` has the two nodes of an edge
};

// A step of a query's plan: what was expected of it, and what it has done so far.
struct PlanStep {
  std::string name;  // "index scan", "merge join", ...
  std::string details;
  double estimated_rows = 0;
  std::uint64_t rows = 0;  // handed out
  bool ended = false;      // `rows` are all that there are; a step may stand idle, or be left before its end
  // Its own work on the store, without that of its inputs.
  std::uint64_t scanned_rows = 0;
  std::uint64_t blocks = 0;
  std::uint64_t seeks = 0;
  std::chrono::nanoseconds time{0};  // its inputs included
  std::vector<PlanStep> inputs;
};

class DOSSIER_API Result {
 public:
  enum class Kind : std::uint8_t { solutions, boolean, triples };
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;
  ~Result();

  Kind kind() const;
  const std::vector<std::string>& variables() const;  // solutions; triples: subject, predicate, object
  bool boolean() const;                               // ASK
  // Goes to the next row; false at the end. Solutions and triples.
  bool next();
  std::optional<Term> get(std::size_t column) const;  // of the current row; nothing: unbound
  std::optional<Term> get(std::string_view variable) const;
  // The same without a copy, several times cheaper: the texts are good until the next call of next, batch or write.
  std::optional<TermView> view(std::size_t column) const;
  std::optional<TermView> view(std::string_view variable) const;
  // The path in this column of the current row, without a detour over its literal; nothing: unbound. QueryError: it is no path.
  // Where it starts is known when the path's start is a constant or a column of the result, as its step of VIA is known
  // when the column is the very variable after AS. Otherwise the start is guessed where a first edge fits both ways (its
  // subject), a path without an edge has no node, and the maps of VIA are no path.
  std::optional<Path> path(std::size_t column) const;
  std::optional<Path> path(std::string_view variable) const;
  // Up to `limit` rows at once, as terms that are the caller's.
  std::vector<std::vector<std::optional<Term>>> batch(std::size_t limit);
  // The plan and what its steps did for the rows read so far: after the last row, what `analyze` shows. Plans that a step
  // made on the way for the rows at hand are not in it. Nothing: a DESCRIBE without a pattern has no plan.
  std::optional<PlanStep> plan() const;
  std::uint64_t rows() const;  // that were fetched so far, those that `write` wrote before it was stopped among them
  // Writes what has not been read yet; returns the number of rows. Throws QueryError when the format cannot hold it. When the
  // query is stopped on the way, the rows until then have been written.
  std::uint64_t write(std::ostream& out, Format format,
                      const std::vector<std::pair<std::string, std::string>>& prefixes = {});

  struct State;
  explicit Result(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

// Quads that match a pattern, in index order.
class DOSSIER_API QuadCursor {
 public:
  QuadCursor(QuadCursor&&) noexcept;
  QuadCursor& operator=(QuadCursor&&) noexcept;
  ~QuadCursor();
  bool next();
  const Quad& quad() const;  // valid until the next call of next

  struct State;
  explicit QuadCursor(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

struct QuadPattern {
  std::optional<Term> subject;
  std::optional<Term> predicate;
  std::optional<Term> object;
  std::optional<Term> graph;
  bool any_graph = false;  // without `graph`: all graphs, else the default graph alone
};

// A term, and the number of quads or of nodes that it was met with.
struct Frequency {
  Term term;
  std::uint64_t quads = 0;
};

// A triple that a node stands in.
struct NodeLink {
  Term predicate;
  std::optional<Term> other;  // the other end; none: any
  bool incoming = false;      // the node is the object
};

// ---- names

// How a name fits what was asked for, best first. All compare without case, accents, spaces and punctuation, and other scripts
// as they are written in Latin letters: 陈玉煌 is `chenyuhuang`.
enum class LabelMatch : std::uint8_t {
  exact,
  prefix,
  part,
  similar,  // differs in a few letters, the more the longer it is, or sounds alike (Kim and Gim, Sergei and Sergey)
};
struct LabelOptions {
  std::size_t limit = 50;                     // hits
  LabelMatch weakest = LabelMatch::similar;   // LabelMatch::prefix is what a completion asks for
  std::vector<Term> predicates;               // none: those of the store's index, else the common ones (Store::index_labels)
  std::chrono::milliseconds timeout{0};       // 0: none
  // Not 0: a search that takes longer ends with the best hits that it has met, and takes the index for whole: names that a
  // transaction has not committed are missing.
  std::chrono::milliseconds patience{0};
  std::size_t memory_bytes = std::size_t{1} << 30;
};
struct LabelHit {
  Term subject;
  Term label;
  Term predicate;
  LabelMatch match = LabelMatch::exact;
  unsigned distance = 0;  // similar: letters to change, put in or leave out
};
// What the index of names holds.
struct LabelIndexReport {
  std::vector<Term> predicates;
  std::uint64_t labels = 0;   // literals with an entry
  std::uint64_t missing = 0;  // names without one: they are folded when somebody searches
  std::uint64_t bytes = 0;    // before compression
};

// ---- connections

struct ConnectionOptions {
  std::uint64_t paths = 3;
  unsigned most_links = 6;        // of a path; at most 31
  std::uint64_t hub_links = 0;    // nodes that stand in more quads are on no path; 0: there is no such limit
  std::vector<Term> excluded;     // predicates
  std::chrono::milliseconds timeout{0};  // 0: none
  std::size_t memory_bytes = std::size_t{1} << 30;
};
struct Connections {
  std::vector<Path> paths;  // by length
  std::vector<Frequency> hubs;  // that were met, those with most quads first
  unsigned searched = 0;        // paths of up to so many links were looked at, until there were enough
  std::string ended;            // why not all of them: the time or the memory was over; else empty
};

// A query that is parsed and checked once and run many times with other parameters.
class DOSSIER_API PreparedQuery {
 public:
  PreparedQuery(PreparedQuery&&) noexcept;
  PreparedQuery& operator=(PreparedQuery&&) noexcept;
  ~PreparedQuery();
  PreparedQuery& bind(std::string_view variable, Term value);  // a value, never text
  PreparedQuery& clear();
  Result run();

  struct State;
  explicit PreparedQuery(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

// ---- store

struct StoreStatistics {
  std::uint64_t quads = 0;
  std::uint64_t named_graphs = 0;
  std::uint64_t predicates = 0;
  std::uint64_t terms = 0;
  std::uint64_t triple_terms = 0;
  std::uint64_t distinct_subjects = 0;  // estimate
  std::uint64_t distinct_objects = 0;   // estimate
  std::uint64_t sequence = 0;           // of the last commit
  std::uint64_t disk_bytes = 0;
  struct Predicate {
    Term predicate;
    std::uint64_t triples = 0;
    std::uint64_t distinct_subjects = 0;
    std::uint64_t distinct_objects = 0;
  };
  std::vector<Predicate> by_predicate;  // most triples first
  struct Graph {
    std::optional<Term> graph;
    std::uint64_t triples = 0;
  };
  std::vector<Graph> by_graph;
};

// A commit of the log.
struct Commit {
  std::uint64_t sequence = 0;  // from 1, without gaps
  std::chrono::sys_time<std::chrono::milliseconds> time;  // by the clock of the machine that made it
  std::uint64_t added = 0;     // quads
  std::uint64_t removed = 0;
  std::uint64_t quads = 0;     // in the store after it
};

// What a commit changed; valid during the call of the listener.
class DOSSIER_API ChangeSet {
 public:
  const Commit& commit() const;
  // The quads that it added or removed, in index order; any number of times. After a load they are found by comparing the
  // store before and after, which takes a scan of both.
  QuadCursor added() const;
  QuadCursor removed() const;

  struct State;
  explicit ChangeSet(const State& state) : state_(state) {}

 private:
  const State& state_;
};

// Ends with its destructor: after that the listener does not run any more.
class DOSSIER_API Subscription {
 public:
  Subscription(Subscription&&) noexcept;
  Subscription& operator=(Subscription&&) noexcept;
  ~Subscription();

  struct State;
  explicit Subscription(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

class Store;

class DOSSIER_API Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  Result query(std::string_view text, const QueryOptions& options = {});
  PreparedQuery prepare(std::string_view text, const QueryOptions& options = {});
  // Runs all operations of the request as one commit (or as part of the open transaction). One that fails leaves
  // nothing behind; the open transaction goes on as it was before. memory_bytes counts what it changes, too.
  UpdateReport update(std::string_view text, const QueryOptions& options = {});
  std::string explain(std::string_view text, const QueryOptions& options = {}, bool analyze = false);

  // Reads RDF files into the open transaction, or as one commit of their own: for files that belong with an update, or
  // that one query alone is to see. Store::load is the fast way for large ones. A store opened read-only takes them in a
  // transaction that is rolled back. A load that fails leaves nothing behind, as `update` does.
  LoadReport load(const std::vector<std::string>& files, const LoadOptions& options = {});
  QuadCursor match(const QuadPattern& pattern = {});
  // The subjects of all graphs with a name that fits `text`, best first: by match, then by distance, then shorter names. Reads
  // the index of names where the store has one (Store::index_labels); without one it folds every name, which takes seconds for
  // a million of them. What it folded stays in memory. Throws LimitError.
  std::vector<LabelHit> find_labels(std::string_view text, const LabelOptions& options = {});
  // The shortest paths between two nodes over any predicate in either direction, all graphs together; a claim that nobody
  // asserts (a reified triple) is a link, too. No node twice. Throws LimitError when it is cancelled, and alone then.
  Connections connections(const Term& from, const Term& to, const ConnectionOptions& options = {});
  // ---- what occurs, and how often, for those who offer what can be asked. All graphs count. The work is some seeks in
  // the indexes, however large the store is.
  // The number of quads that match, exactly; the graph of the pattern does not count.
  std::uint64_t count(const QuadPattern& pattern);
  // The objects of a predicate with their quads, most first. Of more than `limit` some `limit`, most of the frequent ones
  // among them.
  std::vector<Frequency> objects_of(const Term& predicate, std::size_t limit);
  // The predicates of up to `sample` nodes that have all of the links, taken from all over the index, with the number of
  // these nodes that have each.
  std::vector<Frequency> predicates_of(std::span<const NodeLink> links, std::size_t sample);
  // The predicates of a subject with their quads.
  std::vector<Frequency> predicates_of(const Term& subject);
  bool insert(const Quad& quad);  // false: it was there already
  // Many at once, several times cheaper than one by one; the number of those that were not there.
  std::uint64_t insert(std::span<const Quad> quads);
  bool erase(const Quad& quad);   // false: it was not there

  // A transaction: reads see its own writes, others see them after commit. One writer at a time.
  // The end of a transaction is its end also when commit throws: nothing of it was written, or (Durability::group, when the
  // fsync failed) all of it, and it is not known to last. A commit can be cancelled until it is written: nothing of it stands then.
  // `progress`: of a large one.
  void begin();
  void commit(const ProgressCallback& progress = {});
  void rollback();
  bool in_transaction() const;

  void cancel();  // from any thread: the running work ends with LimitError

  struct State;
  explicit Session(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

class DOSSIER_API Store {
 public:
  // `path`: a directory, or ":memory:". Throws StorageError, CorruptionError.
  static Store open(const std::string& path, const OpenOptions& options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  Session session();
  // All or nothing, several files as one commit. Throws DataError, StorageError, LimitError.
  LoadReport load(const std::vector<std::string>& files, const LoadOptions& options = {});
  // Reads RDF text, or a table, from memory.
  LoadReport load_text(std::string_view text, Format format, const LoadOptions& options = {});
  // Writes every quad (or one graph) as nt, nq, ttl, trig or rdfxml; returns the number.
  std::uint64_t dump(std::ostream& out, Format format, const std::optional<Term>& graph = {});
  StoreStatistics statistics() const;
  // Folds updates into the blocks, drops terms that no quad uses and gives space back. Readers go on meanwhile. When it is
  // cancelled, what was done until then stands; the rest waits for the next time.
  void compact(const ProgressCallback& progress = {});
  // Makes an index of names for `find_labels`, or makes it anew with these predicates. From then on commits and loads keep it
  // and `compact` packs it. None: rdfs:label, skos:prefLabel, skos:altLabel, foaf:name and schema:name (http and https).
  void index_labels(const std::vector<Term>& predicates = {}, const ProgressCallback& progress = {});
  // False: the store has no index of names, or one of another version of the rules, which index_labels makes anew.
  bool has_label_index() const;
  // The properties whose values it holds; none: there is no index.
  std::vector<Term> label_predicates() const;
  // What is in it, found by reading it. Nothing: there is none.
  std::optional<LabelIndexReport> label_index() const;
  // Returns when all commits are on the disk.
  void sync();
  // The last commits before number `before` (0: all), newest first. Up to a million commits are kept.
  std::vector<Commit> log(std::size_t limit = 100, std::uint64_t before = 0) const;
  // Calls the listener after each commit, in their order, in the thread that made it, while no other write can begin (with
  // Durability::group: before it is known to last). It may read, not write. What it throws leaves the call that committed; the
  // commit stands.
  [[nodiscard]] Subscription on_commit(std::function<void(const ChangeSet&)> listener);
  // Prefixes kept in the store: those of loaded files.
  std::vector<std::pair<std::string, std::string>> prefixes() const;
  // Cross-checks all permutations, dictionary, statistics, and the checksum of every block; empty when the store is sound,
  // else what is wrong and where.
  std::vector<std::string> check(const ProgressCallback& progress = {}) const;

  // For a store opened read-only beside a writer: what other processes have committed since is what new queries see;
  // sessions' open transactions, running results and cursors keep the state they began with. Returns whether it is another
  // commit than before; cheap when nothing was written. A store that is open for writing is always current: false. Waits
  // while another thread has a transaction open; one of this thread is a StorageError (in_use). After any error the store
  // shows what it showed.
  bool refresh();

  // Copies the store as its last commit left it into `directory`, which must not exist or be empty; readers and writers go
  // on meanwhile. The copy is a store of its own that shares no file with this one, and its checksums have been read
  // when it gets its name: a backup that fails, is cancelled or killed leaves none.
  void backup(const std::string& directory, const ProgressCallback& progress = {}) const;
  // Makes the store `path`, which must not exist or be an empty directory, from a backup (or from any store, also one in
  // use), which is only read. Like a backup it appears whole or not at all.
  static void restore(const std::string& directory, const std::string& path, const ProgressCallback& progress = {});
  // Checks the store `path` and, when something is wrong, builds a new one from what can be read and puts it in its place in
  // one step: all permutations, hashes and statistics are made anew. The damaged store is kept beside it. Throws
  // CorruptionError when not enough can be read; the store is as it was then.
  static RepairReport repair(const std::string& path, const RepairOptions& options = {});

  struct State;
  explicit Store(std::shared_ptr<State> state);

 private:
  std::shared_ptr<State> state_;
};

// Checks the syntax of a query or update; throws ParseError.
DOSSIER_API void check_syntax(std::string_view text, bool update = false, const std::string& base = {});

}  // namespace dossier
