#include "shell/verbs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <new>

#include "engine/io/convert.h"
#include "engine/io/rdf_reader.h"
#include "grammar/iri.h"
#include "grammar/known_prefixes.h"
#include "grammar/parse.h"
#include "shell/answer.h"
#include "shell/console.h"

namespace dossier::shell {
namespace {

// The query may use well-known prefixes, and those of the store, which win.
void supply_prefixes(const Store& store, QueryOptions& options) {
  for (const auto& [label, iri] : grammar::known_prefixes()) options.prefixes.emplace_back(label, iri);
  const auto stored = store.prefixes();
  options.prefixes.insert(options.prefixes.end(), stored.begin(), stored.end());
}

std::string statement_text(const std::string& text, bool has_text, const std::string& file,
                           const char* what) {
  if (has_text && !file.empty())
    throw UsageError(fmt::format("give the {} as an argument or with -f, not both", what));
  if (has_text) return text;
  if (file.empty())
    throw UsageError(
        fmt::format("no {}: give it as an argument, with -f FILE, or with -f - on standard input", what));
  return read_text(file);
}

// Files given with the query or update, told apart by where they go.
struct GivenFile {
  std::string path;
  LoadOptions options;
};

std::vector<GivenFile> given_files(const QueryArguments& arguments) {
  std::vector<GivenFile> files;
  std::vector<std::string> paths;
  const auto add = [&](const DataFile& file, bool named) {
    GivenFile given{file.path, {}};
    given.options.base = file.iri;
    given.options.threads = arguments.threads;
    if (named) given.options.graph = graph_term(file.iri);
    paths.push_back(file.path);
    files.push_back(std::move(given));
  };
  for (const auto& text : arguments.data) add(parse_data_file(text), false);
  for (const auto& text : arguments.named) add(parse_named_file(text), true);
  require_readable(paths);
  return files;
}

QueryOptions query_options(const QueryArguments& arguments) {
  QueryOptions options;
  options.base = arguments.base;
  if (!arguments.timeout.empty()) options.timeout = parse_seconds(arguments.timeout);
  options.memory_bytes = parse_size(arguments.memory);
  options.threads = arguments.threads;
  if (!arguments.default_graph.empty()) {
    if (arguments.default_graph != "union")
      throw UsageError("--default-graph takes the word union, not '" + arguments.default_graph + "'");
    options.union_default_graph = true;
  }
  for (const auto& text : arguments.parameters) options.parameters.push_back(parse_parameter(text));
  return options;
}

Store open_to_read(const std::string& path) {
  OpenOptions options;
  options.create = path == ":memory:";
  options.read_only = path != ":memory:";
  return Store::open(path, options);
}

// For a backup: where the store can be opened for writing its files are copied as they are, else it is read
// beside.
Store open_to_copy(const std::string& path) {
  try {
    OpenOptions options;
    options.create = path == ":memory:";
    return Store::open(path, options);
  } catch (const StorageError& error) {
    if (error.reason() != StorageError::Reason::in_use && error.reason() != StorageError::Reason::read_only)
      throw;
    return open_to_read(path);
  }
}

Store open_to_change(const std::string& path, bool create) {
  OpenOptions options;
  options.create = create || path == ":memory:";
  return Store::open(path, options);
}

// Takes away a store that a failed verb has made: a directory that was not there before. Declared before the
// Store, so that it runs after the store is closed.
class NewStore {
 public:
  explicit NewStore(const std::string& path) : path_(path), made_(is_new(path)) {}
  ~NewStore() {
    std::error_code ignored;
    if (made_) std::filesystem::remove_all(path_, ignored);
  }
  NewStore(const NewStore&) = delete;
  NewStore& operator=(const NewStore&) = delete;
  void keep() { made_ = false; }

 private:
  static bool is_new(const std::string& path) {
    std::error_code ignored;
    return path != ":memory:" && !std::filesystem::exists(path, ignored);
  }
  std::string path_;
  bool made_;
};

}  // namespace

// ---- errors

int report_exception(const std::string& place) {
  const auto say = [&](const char* what, int code) {
    tell(fmt::format("{}{}{}", place, place.empty() ? "" : ": ", what));
    return code;
  };
  try {
    throw;
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const UsageError& error) {
    return say(error.what(), kUsage);
  } catch (const InputError& error) {
    return say(error.what(), kWrong);
  } catch (const LimitError& error) {
    return say(error.what(), kStopped);
  } catch (const StorageError& error) {
    return say(error.what(), kStore);
  } catch (const CorruptionError& error) {
    return say(error.what(), kStore);
  } catch (const Error& error) {
    return say(error.what(), kWrong);
  } catch (const std::bad_alloc&) {
    return say("out of memory; give less with --memory, or ask for less", kStopped);
  } catch (const std::exception& error) {
    return say(error.what(), kWrong);
  }
}

int run_guarded(const std::function<int()>& work, const std::string& place) {
  try {
    return work();
  } catch (...) {
    return report_exception(place);
  }
}

// ---- shared with the shell

void run_long(const std::function<void(const ProgressCallback&)>& work) {
  const Interrupt interrupt;
  ProgressLine line;
  work([&](const Progress& progress) {
    line.show(progress);
    return !Interrupt::taken();
  });
}

void back_up(const Store& store, const std::string& directory) {
  const auto start = std::chrono::steady_clock::now();
  run_long([&](const ProgressCallback& progress) { store.backup(directory, progress); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(stderr, "backed up to {} in {}\n", directory, readable_seconds(seconds));
}

void compact(Store& store) {
  const std::uint64_t before = store.statistics().disk_bytes;
  run_long([&](const ProgressCallback& progress) { store.compact(progress); });
  fmt::print(stderr, "{} bytes on disk, {} before\n", with_commas(store.statistics().disk_bytes),
             with_commas(before));
}

int check(const Store& store, std::ostream& out) {
  std::vector<std::string> findings;
  run_long([&](const ProgressCallback& progress) { findings = store.check(progress); });
  for (const auto& finding : findings) out << finding << '\n';
  out.flush();
  fmt::print(stderr, "{}\n",
             findings.empty() ? "the store is sound" : fmt::format("{} findings", findings.size()));
  return findings.empty() ? kDone : kStore;
}

void print_load_report(const LoadReport& report, std::string_view what) {
  for (const auto& bad : report.first_bad) fmt::print(stderr, "{}\n", bad);
  if (report.bad > report.first_bad.size())
    fmt::print(stderr, "... and {} more\n", with_commas(report.bad - report.first_bad.size()));
  std::string line = fmt::format("{} {} read, {} new", with_commas(report.quads),
                                 report.quads == 1 ? "quad" : "quads", with_commas(report.added));
  if (report.bad > 0)
    line += fmt::format(", {} bad {} left out", with_commas(report.bad),
                        report.bad == 1 && what.ends_with('s') ? what.substr(0, what.size() - 1) : what);
  line += ", " + readable_seconds(report.seconds);
  if (report.seconds > 0.5)
    line += fmt::format(
        ", {} a second",
        with_commas(static_cast<std::uint64_t>(static_cast<double>(report.quads) / report.seconds)));
  fmt::print(stderr, "{}\n", line);
}

void require_readable(const std::vector<std::string>& files) {
  for (const auto& file : files) {
    if (file == "-") continue;
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored))
      throw InputError("cannot read " + file + ": it is a directory");
    if (::access(file.c_str(), R_OK) != 0)
      throw InputError("cannot read " + file + ": " + std::strerror(errno));
  }
}

Term graph_term(const std::string& iri) {
  if (const auto problem = grammar::iri_problem(iri))
    throw UsageError(fmt::format("the graph's name must be an absolute IRI, not '{}': {}", iri, *problem));
  return Term::iri(iri);
}

void print_statistics(std::ostream& out, const StoreStatistics& statistics,
                      const std::vector<std::pair<std::string, std::string>>& prefixes) {
  const auto short_form = [&](const Term& term) {
    std::string text = term.to_string();
    for (const auto& [label, space] : prefixes) {
      const std::string_view value = term.value();
      if (!term.is_iri() || space.empty() || !value.starts_with(space)) continue;
      const std::string_view local = value.substr(space.size());
      if (local.find_first_of("/#") != std::string_view::npos) continue;
      const std::string candidate = fmt::format("{}:{}", label, local);
      if (candidate.size() < text.size()) text = candidate;
    }
    return text;
  };
  const auto line = [&](std::string_view name, std::uint64_t number, std::string_view note = {}) {
    out << fmt::format("{:<20}{:>16}{}\n", name, with_commas(number), note);
  };
  line("quads", statistics.quads);
  line("named graphs", statistics.named_graphs);
  line("predicates", statistics.predicates);
  line("terms", statistics.terms);
  line("triple terms", statistics.triple_terms);
  line("distinct subjects", statistics.distinct_subjects, "  (estimate)");
  line("distinct objects", statistics.distinct_objects, "  (estimate)");
  line("commits", statistics.sequence);
  line("bytes on disk", statistics.disk_bytes);
  if (statistics.quads > 0)
    out << fmt::format("{:<20}{:>16.1f}\n", "bytes a quad",
                       static_cast<double>(statistics.disk_bytes) / static_cast<double>(statistics.quads));
  if (!statistics.by_predicate.empty()) {
    out << fmt::format("\n{:>16}{:>16}{:>16}  predicate\n", "triples", "subjects ~", "objects ~");
    for (const auto& p : statistics.by_predicate)
      out << fmt::format("{:>16}{:>16}{:>16}  {}\n", with_commas(p.triples), with_commas(p.distinct_subjects),
                         with_commas(p.distinct_objects), short_form(p.predicate));
  }
  if (statistics.named_graphs > 0) {
    out << fmt::format("\n{:>16}  graph\n", "triples");
    for (const auto& g : statistics.by_graph)
      out << fmt::format("{:>16}  {}\n", with_commas(g.triples),
                         g.graph ? short_form(*g.graph) : "(default)");
  }
}

void print_log(std::ostream& out, const std::vector<Commit>& commits) {
  const bool people = is_terminal(STDOUT_FILENO);
  out << (people ? fmt::format("{:>8}  {:<19}{:>15}{:>15}{:>15}\n", "commit", "time", "added", "removed",
                               "quads")
                 : "commit\ttime\tadded\tremoved\tquads\n");
  for (const Commit& commit : commits) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(commit.time).time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 64> buffer{};
    std::string time(buffer.data(),
                     std::strftime(buffer.data(), buffer.size(),
                                   people ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%dT%H:%M:%S%z", &local));
    if (!people) time.insert(time.size() - 2, ":");  // +0200 -> +02:00
    out << (people ? fmt::format("{:>8}  {:<19}{:>15}{:>15}{:>15}\n", with_commas(commit.sequence), time,
                                 with_commas(commit.added), with_commas(commit.removed),
                                 with_commas(commit.quads))
                   : fmt::format("{}\t{}\t{}\t{}\t{}\n", commit.sequence, time, commit.added, commit.removed,
                                 commit.quads));
  }
}

// ---- verbs

int run_load(const LoadArguments& arguments) {
  LoadOptions options;
  if (!arguments.format.empty()) options.format = parse_input_format(arguments.format);
  if (!arguments.graph.empty()) options.graph = graph_term(arguments.graph);
  options.base = arguments.base;
  options.memory_bytes = parse_size(arguments.memory);
  options.threads = arguments.threads;
  options.skip_bad = arguments.skip_bad;
  if (!options.format &&
      std::find(arguments.files.begin(), arguments.files.end(), "-") != arguments.files.end())
    throw UsageError("standard input has no extension: say its format with --format");
  require_readable(arguments.files);
  options.table = table_options(arguments.table);
  NewStore made(arguments.store);
  Store store = open_to_change(arguments.store, true);
  options.table.prefixes = store.prefixes();
  LoadReport report;
  run_long([&](const ProgressCallback& progress) {
    options.progress = progress;
    report = store.load(arguments.files, options);
  });
  made.keep();
  const auto is_table = [&](const std::string& file) {
    const auto format = options.format ? options.format : format_of_path(file);
    return format == Format::csv || format == Format::tsv;
  };
  const auto tables = std::count_if(arguments.files.begin(), arguments.files.end(), is_table);
  print_load_report(report, tables == 0 ? "statements"
                            : tables == static_cast<std::ptrdiff_t>(arguments.files.size())
                                ? "rows"
                                : "statements and rows");
  return report.bad > 0 ? kWrong : kDone;
}

int run_query(const QueryArguments& arguments) {
  QueryOptions options = query_options(arguments);
  std::optional<AnswerMode> mode;
  if (!arguments.format.empty()) mode = parse_mode(arguments.format);
  const std::string text = statement_text(arguments.text, arguments.has_text, arguments.file, "query");
  const auto files = given_files(arguments);
  Store store = open_to_read(arguments.store);
  Session session = store.session();
  const Interrupt interrupt(&session);
  if (arguments.store == ":memory:") {
    for (const auto& file : files) store.load({file.path}, file.options);
  } else if (!files.empty()) {
    // Rows of a transaction that is never committed: this query alone sees them.
    session.begin();
    for (const auto& file : files) session.load({file.path}, file.options);
  }
  const auto prefixes = store.prefixes();
  if (arguments.prefixes) supply_prefixes(store, options);
  Output out;
  StatementProgress progress(out);
  options.progress = progress.callback();
  Result result = session.query(text, options);
  AnswerStyle style;
  style.mode = mode.value_or(default_mode(result.kind(), out.on_terminal()));
  require_holds(result.kind(), style.mode.format);
  style.prefixes = prefixes;
  grammar::ParseOptions known{options.base, options.prefixes};
  for (const auto& own : grammar::parse_query(text, known).prologue.prefixes) style.prefixes.push_back(own);
  if (out.on_terminal()) {
    style.table.width = screen_size().columns;
    style.table.colour = colours_welcome();
  }
  WrittenAnswer written;
  try {
    write_answer(result, out, style, written, nullptr);
  } catch (const LimitError&) {
    out.flush();  // the rows until then
    if (result.kind() != Result::Kind::boolean)
      fmt::print(stderr, "dossier: {} until it was stopped\n", counted_rows(result.kind(), written.rows));
    throw;
  }
  out.flush();
  return kDone;
}

int run_update(const QueryArguments& arguments) {
  QueryOptions options = query_options(arguments);
  std::optional<Format> dump;
  if (!arguments.dump.empty()) dump = parse_format(arguments.dump);
  if (dump && !is_rdf_format(*dump))
    throw UsageError("--dump takes nq, trig, nt, ttl or rdfxml, not '" + arguments.dump + "'");
  const std::string text = statement_text(arguments.text, arguments.has_text, arguments.file, "update");
  const auto files = given_files(arguments);
  check_syntax(text, true, arguments.base);
  NewStore made(arguments.store);
  Store store = open_to_change(arguments.store, true);
  {
    Session session = store.session();
    const Interrupt interrupt(&session);
    session.begin();
    for (const auto& file : files) session.load({file.path}, file.options);
    Output out;
    StatementProgress progress(out);
    options.progress = progress.callback();
    session.update(text, options);
    session.commit();
  }
  made.keep();
  if (dump) {
    Output out;
    store.dump(out, *dump);
    out.flush();
  }
  return kDone;
}

int run_explain(const QueryArguments& arguments) {
  QueryOptions options = query_options(arguments);
  const std::string text = statement_text(arguments.text, arguments.has_text, arguments.file, "query");
  Store store = open_to_read(arguments.store);
  if (arguments.prefixes) supply_prefixes(store, options);
  Session session = store.session();
  const Interrupt interrupt(&session);
  Output out;
  out << session.explain(text, options, arguments.analyze);
  out.flush();
  return kDone;
}

int run_convert(const ConvertArguments& arguments) {
  ConvertOptions options;
  if (!arguments.from.empty()) options.from = parse_input_format(arguments.from);
  options.to = parse_format(arguments.to);
  if (!is_rdf_format(options.to))
    throw UsageError("convert writes nt, nq, ttl, trig or rdfxml, not '" + arguments.to + "'");
  if (arguments.canonical && options.to != Format::nt && options.to != Format::nq)
    throw UsageError("--canonical is for nt and nq");
  options.base = arguments.base;
  options.canonical = arguments.canonical;
  options.table = table_options(arguments.table);
  require_readable(arguments.files);
  Output out;
  try {
    convert(arguments.files, out, options);
  } catch (const QueryError& error) {
    throw UsageError(error.what());  // the format cannot hold the quads
  }
  out.flush();
  return kDone;
}

int run_parse(const ParseArguments& arguments) {
  check_syntax(statement_text(arguments.text, arguments.has_text, arguments.file,
                              arguments.update ? "update" : "query"),
               arguments.update, arguments.base);
  return kDone;
}

int run_dump(const DumpArguments& arguments) {
  const Format format = parse_format(arguments.format);
  if (!is_rdf_format(format))
    throw UsageError("dump writes nq, trig, nt, ttl or rdfxml, not '" + arguments.format + "'");
  std::optional<Term> graph;
  if (!arguments.graph.empty()) graph = graph_term(arguments.graph);
  Store store = open_to_read(arguments.store);
  Output out;
  try {
    store.dump(out, format, graph);
  } catch (const QueryError& error) {
    throw UsageError(error.what());  // the format cannot hold the quads
  }
  out.flush();
  return kDone;
}

int run_stats(const std::string& path) {
  const Store store = open_to_read(path);
  Output out;
  print_statistics(out, store.statistics(), store.prefixes());
  out.flush();
  return kDone;
}

// Says what was wrong and what is lost; the store is sound afterwards unless something is.
int repair(const std::string& path) {
  RepairOptions options;
  RepairReport report;
  run_long([&](const ProgressCallback& progress) {
    options.progress = progress;
    report = Store::repair(path, options);
  });
  Output out;
  for (const auto& finding : report.findings) out << finding << '\n';
  for (const auto& lost : report.lost) out << "lost: " << lost << '\n';
  out.flush();
  if (report.findings.empty()) {
    fmt::print(stderr, "the store is sound\n");
    return kDone;
  }
  fmt::print(stderr, "{} findings; the store was built anew with {} quads, the damaged one is kept as {}\n",
             report.findings.size(), with_commas(report.quads), report.kept);
  if (report.lost.empty()) return kDone;
  fmt::print(stderr, "dossier: not all could be repaired; see the lines that begin with `lost:`\n");
  return kStore;
}

int run_check(const std::string& path, bool mend) {
  if (mend) return repair(path);
  Output out;
  return check(open_to_read(path), out);
}

int run_backup(const std::string& path, const std::string& directory) {
  back_up(open_to_copy(path), directory);
  return kDone;
}

int run_restore(const std::string& directory, const std::string& path) {
  run_long([&](const ProgressCallback& progress) { Store::restore(directory, path, progress); });
  const StoreStatistics statistics = open_to_read(path).statistics();
  fmt::print(stderr, "{} quads as of commit {} restored\n", with_commas(statistics.quads),
             with_commas(statistics.sequence));
  return kDone;
}

int run_compact(const std::string& path) {
  Store store = open_to_change(path, false);
  compact(store);
  return kDone;
}

}  // namespace dossier::shell
