#include "shell/shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "grammar/iri.h"
#include "grammar/parse.h"
#include "shell/commands.h"

namespace dossier::shell {
namespace {

constexpr std::array<std::string_view, 16> kCommands = {
    ".analyze", ".backup", ".begin", ".commit",  ".explain",  ".format", ".help",  ".load",
    ".log",     ".prefix", ".quit",  ".refresh", ".rollback", ".stats",  ".timer", ".exit"};
constexpr std::size_t kLogCommits = 20;

constexpr std::string_view kHelp =
    R"(Type a SPARQL query or update; it runs as soon as it is complete. Ctrl-C drops the text, or cancels what runs.

  BEGIN                  begins a transaction: statements see what it has changed, others only after COMMIT; a
                         statement that fails changes nothing, and the transaction goes on
  COMMIT                 makes it last; ROLLBACK drops it, as leaving does; also .begin, .commit, .rollback
  .explain QUERY         the plan, with estimates
  .analyze QUERY         runs the query and shows the plan with what happened
  .load FILE... [graph IRI]
                         loads RDF files and declares their prefixes
  .log [N]               the last N commits (20), newest first
  .prefix                the prefixes of the session; well-known ones (foaf, wdt, ...) are supplied when used
  .prefix LABEL: <IRI>   declares one (so does a PREFIX line)
  .format [F]            table, json, xml, csv, tsv, nt, ttl, nq, trig, rdfxml; without F: by kind of result
  .timer on|off          shows how long each statement took
  .stats                 what the store holds
  .backup DIR            copies the store as the last commit left it into the new directory DIR
  .refresh               a store opened read-only: shows what other processes have committed since
  .help                  this
  .quit                  leaves, as Ctrl-D does
)";

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Takes the first word off `text`; quotes hold a word with blanks together.
std::string take_word(std::string_view& text) {
  text = trimmed(text);
  std::string word;
  std::size_t i = 0;
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const char quote = text.front();
    for (i = 1; i < text.size() && text[i] != quote; ++i) word += text[i];
    if (i < text.size()) ++i;
  } else {
    for (; i < text.size() && text[i] != ' ' && text[i] != '\t'; ++i) word += text[i];
  }
  text.remove_prefix(i);
  text = trimmed(text);
  return word;
}

// The statement of `.explain SELECT ...`; empty for other commands.
std::string_view explained_text(std::string_view text) {
  for (const std::string_view name : {".explain", ".analyze"}) {
    if (text.starts_with(name) && text.size() > name.size() &&
        std::isspace(static_cast<unsigned char>(text[name.size()])))
      return trimmed(text.substr(name.size()));
  }
  return {};
}

// SQL has taught people to end a query with a semicolon.
std::string_view without_semicolon(std::string_view text) {
  text = trimmed(text);
  return text.ends_with(';') ? trimmed(text.substr(0, text.size() - 1)) : text;
}

// Takes the word that the text begins with, in capitals.
std::string take_upper(std::string_view& text) {
  text = trimmed(text);
  std::string word;
  while (word.size() < text.size() && std::isalpha(static_cast<unsigned char>(text[word.size()])))
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(text[word.size()])));
  text.remove_prefix(word.size());
  return word;
}

// For "did you mean"; the grammar knows the words of SPARQL itself.
constexpr auto kTransactionWords = std::to_array<std::string_view>({"BEGIN", "COMMIT", "ROLLBACK"});

// What SQL has taught them to say of transactions; no SPARQL begins with these words.
enum class TransactionWord { none, begin, commit, rollback };
struct TransactionStatement {
  TransactionWord word = TransactionWord::none;
  bool whole = false;  // nothing else stands in the text
};

TransactionStatement transaction_statement(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, TransactionWord>, 6> kWords = {
      {{"BEGIN", TransactionWord::begin},
       {"START", TransactionWord::begin},
       {"COMMIT", TransactionWord::commit},
       {"END", TransactionWord::commit},
       {"ROLLBACK", TransactionWord::rollback},
       {"ABORT", TransactionWord::rollback}}};
  const std::string first = take_upper(text);
  const auto known =
      std::find_if(kWords.begin(), kWords.end(), [&](const auto& entry) { return entry.first == first; });
  if (known == kWords.end()) return {};
  const std::string_view rest = without_semicolon(text);
  text = rest;
  const std::string second = take_upper(text);
  const bool named = (second == "TRANSACTION" || second == "WORK") && text.empty();
  return {known->second, named || (rest.empty() && first != "START")};
}

}  // namespace

std::vector<std::string_view> command_names() {
  return {kCommands.begin(), kCommands.end()};
}

Shell::Shell(Store& store, Output& out, ShellOptions options)
    : store_(store), session_(store.session()), out_(out), options_(std::move(options)) {
  declare_stored();
}

Shell::~Shell() {
  if (!session_.in_transaction()) return;
  session_.rollback();
  fmt::print(stderr,
             "dossier: the open transaction was rolled back; COMMIT before the end keeps its changes\n");
}

// ---- reading

grammar::ParseOptions Shell::parse_options() const {
  grammar::ParseOptions options;
  options.prefixes = prefixes_;
  options.known_prefixes = true;
  return options;
}

Shell::Statement Shell::examine(const std::string& text) const {
  Statement statement;
  const std::string_view body = trimmed(text);
  if (body.empty()) return statement;
  const bool explain = !explained_text(body).empty();
  if (body.front() == '.' && !explain) {
    statement.kind = Statement::Kind::command;
    statement.complete = true;
    return statement;
  }
  if (const auto transaction = transaction_statement(body); transaction.word != TransactionWord::none) {
    statement.kind = Statement::Kind::transaction;
    statement.complete = true;
    if (!transaction.whole)
      statement.error =
          "BEGIN, COMMIT and ROLLBACK stand in a line of their own, with ; or TRANSACTION behind them or not";
    return statement;
  }
  const grammar::ParseOptions parse = parse_options();
  const std::string_view code = explain ? explained_text(body) : std::string_view(text);
  statement.kind = Statement::Kind::query;
  try {
    statement.supplied = grammar::parse_query(without_semicolon(code), parse).prologue.supplied;
    statement.complete = true;
    return statement;
  } catch (const grammar::SyntaxError& query_error) {
    if (explain) {
      statement.complete = !query_error.at_end();
      statement.error = query_error.what();
      return statement;
    }
    try {
      statement.supplied = grammar::parse_update(code, parse).prologue.supplied;
      statement.kind = Statement::Kind::update;
      statement.complete = true;
    } catch (const grammar::SyntaxError& update_error) {
      statement.complete = !query_error.at_end() && !update_error.at_end();
      // The reading that got further is what was meant.
      const bool update = update_error.offset() > query_error.offset();
      statement.kind = update ? Statement::Kind::update : Statement::Kind::query;
      statement.error = update ? update_error.what() : query_error.what();
      std::string_view rest = body;
      const std::string first = take_upper(rest);
      const bool first_is_wrong =
          std::max(query_error.offset(), update_error.offset()) <= text.find_first_not_of(" \t\r\n");
      if (const std::string hint = did_you_mean(first, kTransactionWords); first_is_wrong && !hint.empty())
        statement.error += hint;
    }
  }
  return statement;
}

Shell::State Shell::add_line(std::string_view line) {
  if (!text_.empty()) text_ += '\n';
  text_ += line;
  // A long statement (a hundred thousand lines of INSERT DATA) is not parsed again at each of its lines: only
  // when it has grown by an eighth, or at a line that may well end it.
  const std::string_view last = trimmed(line);
  const bool may_end = last == "}" || last == "};" || last == "} ;" || last.empty();
  if (text_.size() > 65536 && !may_end && text_.size() < examined_ + examined_ / 8)
    return state_ = State::incomplete;
  examined_ = text_.size();
  const Statement statement = examine(text_);
  if (statement.kind == Statement::Kind::nothing) {
    forget();
  } else {
    state_ = statement.complete ? State::complete : State::incomplete;
  }
  return state_;
}

void Shell::forget() {
  text_.clear();
  examined_ = 0;
  state_ = State::empty;
}

int Shell::run() {
  const std::string text = std::move(text_);
  forget();
  const Statement statement = examine(text);
  const int code = run_guarded([&] { return run_statement(text, statement); });
  const bool writes = statement.kind == Statement::Kind::update || trimmed(text).starts_with(".load");
  if (code != kDone && writes && statement.error.empty() && options_.interactive && session_.in_transaction())
    fmt::print(stderr, "dossier: the transaction is as it was before this statement\n");
  return code;
}

int Shell::run_script(std::string_view script) {
  const auto flush = [&] { return text_.empty() ? kDone : run(); };
  while (!script.empty() && !quit_) {
    const std::size_t end = script.find('\n');
    std::string_view line = script.substr(0, end);
    script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (state_ == State::complete) {
      const std::string_view start = trimmed(line);
      if (start.empty()) {
        text_ += '\n';
        continue;
      }
      // Does the line still belong to the statement? It does when the two together are one, or may become
      // one.
      const std::string before = text_;
      bool joined = start.front() != '.' && before[before.find_first_not_of(" \t\r\n")] != '.';
      if (joined) {
        const Statement longer = examine(before + "\n" + std::string(line));
        joined = !longer.complete || longer.error.empty();
      }
      if (!joined) {
        if (const int code = run(); code != kDone) return code;
        if (quit_) break;
      }
    }
    add_line(line);
    if (state_ == State::complete && !examine(text_).error.empty()) return run();
  }
  if (quit_) return kDone;
  return flush();
}

// ---- running

QueryOptions Shell::options() const {
  QueryOptions options;
  options.prefixes = prefixes_;
  options.parameters = options_.parameters;
  options.memory_bytes = options_.memory_bytes;
  return options;
}

int Shell::run_statement(const std::string& text, const Statement& statement) {
  if (!statement.error.empty()) {
    fmt::print(stderr, "dossier: {}\n", statement.error);
    return kWrong;
  }
  const auto before = prefixes_;
  for (const auto& [label, iri] : statement.supplied) {
    fmt::print(stderr, "dossier: supplied PREFIX {}: <{}>\n", label, iri);
    declare(label, iri);
  }
  try {
    return run_supplied(text, statement);
  } catch (...) {
    prefixes_ = before;
    throw;
  }
}

// Runs a statement whose prefixes are all declared.
int Shell::run_supplied(const std::string& text, const Statement& statement) {
  const auto start = std::chrono::steady_clock::now();
  int code = kDone;
  const std::string_view body = trimmed(text);
  if (statement.kind == Statement::Kind::command) {
    return run_command(body);
  } else if (!explained_text(body).empty()) {
    code = run_explain(body);
  } else if (statement.kind == Statement::Kind::query) {
    code = run_query(std::string(without_semicolon(text)));
  } else if (statement.kind == Statement::Kind::update) {
    code = run_update(text);
  } else if (statement.kind == Statement::Kind::transaction) {
    switch (transaction_statement(body).word) {
      case TransactionWord::begin:
        begin();
        break;
      case TransactionWord::commit:
        session_.commit();
        break;
      case TransactionWord::rollback:
        session_.rollback();
        break;
      case TransactionWord::none:
        break;
    }
  }
  out_.flush();
  if (timer_) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print(stderr, "time: {}\n",
               seconds < 0.01 ? fmt::format("{:.2f} ms", seconds * 1000) : readable_seconds(seconds));
  }
  return code;
}

int Shell::run_query(const std::string& text) {
  const Interrupt interrupt(&session_);
  Result result = session_.query(text, options());
  const Format format =
      format_ && can_write(result.kind(), *format_) ? *format_ : default_format(result.kind());
  const std::uint64_t rows = result.write(out_, format, prefixes_);
  out_.flush();
  if (options_.interactive && result.kind() != Result::Kind::boolean)
    fmt::print(stderr, "({} {})\n", with_commas(rows), rows == 1 ? "row" : "rows");
  for (const auto& [label, iri] : grammar::parse_query(text, parse_options()).prologue.prefixes)
    declare(label, iri);
  return kDone;
}

int Shell::run_update(const std::string& text) {
  const Interrupt interrupt(&session_);
  const grammar::Update update = grammar::parse_update(text, parse_options());
  // A prologue alone declares prefixes.
  if (!update.operations.empty()) session_.update(text, options());
  for (const auto& [label, iri] : update.prologue.prefixes) declare(label, iri);
  return kDone;
}

void Shell::begin() {
  const Interrupt interrupt(&session_);
  session_.begin();
  if (options_.read_only)
    fmt::print(
        stderr,
        "dossier: the store is open read-only: this transaction's changes can be looked at, not committed\n");
}

int Shell::run_explain(std::string_view text) {
  const Interrupt interrupt(&session_);
  out_ << session_.explain(without_semicolon(explained_text(text)), options(), text.starts_with(".analyze"));
  return kDone;
}

// ---- dot commands

int Shell::run_command(std::string_view line) {
  const std::string name = take_word(line);
  int code = kDone;
  if (name == ".quit" || name == ".exit") {
    quit_ = true;
  } else if (name == ".help") {
    out_ << kHelp;
  } else if (name == ".load") {
    code = command_load(line);
  } else if (name == ".prefix") {
    code = command_prefix(line);
  } else if (name == ".format") {
    code = command_format(line);
  } else if (name == ".timer") {
    code = command_timer(line);
  } else if (name == ".backup") {
    code = command_backup(line);
  } else if (name == ".refresh") {
    const bool changed = store_.refresh();
    declare_stored();
    fmt::print(stderr, "{} commit {}\n", changed ? "now at" : "still at",
               with_commas(store_.statistics().sequence));
  } else if (name == ".begin") {
    begin();
  } else if (name == ".commit") {
    session_.commit();
  } else if (name == ".rollback") {
    session_.rollback();
  } else if (name == ".log") {
    code = command_log(line);
  } else if (name == ".stats") {
    if (session_.in_transaction())
      fmt::print(stderr, "dossier: the last commit, without the changes of the open transaction:\n");
    print_statistics(out_, store_.statistics(), prefixes_);
  } else if (name == ".explain" || name == ".analyze") {
    throw UsageError(name + " takes a query: " + name + " SELECT * { ?s ?p ?o }");
  } else {
    throw UsageError("there is no command " + name + did_you_mean(name, kCommands) + " (.help lists them)");
  }
  out_.flush();
  return code;
}

int Shell::command_load(std::string_view arguments) {
  std::vector<std::string> files;
  LoadOptions load;
  while (!arguments.empty()) {
    const std::string word = take_word(arguments);
    if (word == "graph" && !arguments.empty()) {
      std::string iri = take_word(arguments);
      if (iri.size() > 2 && iri.front() == '<' && iri.back() == '>') iri = iri.substr(1, iri.size() - 2);
      load.graph = graph_term(iri);
    } else {
      files.push_back(word);
    }
  }
  if (files.empty()) throw UsageError(".load takes files: .load FILE... [graph IRI]");
  require_readable(files);
  LoadReport report;
  run_long([&](const ProgressCallback& progress) {
    load.progress = progress;
    report = session_.in_transaction() ? session_.load(files, load) : store_.load(files, load);
  });
  print_load_report(report);
  for (const auto& [label, iri] : report.prefixes) declare(label, iri);
  return kDone;
}

int Shell::command_backup(std::string_view arguments) {
  const std::string directory = take_word(arguments);
  if (directory.empty() || !arguments.empty()) throw UsageError(".backup takes a directory: .backup DIR");
  back_up(store_, directory);
  return kDone;
}

int Shell::command_prefix(std::string_view arguments) {
  if (arguments.empty()) {
    std::size_t width = 0;
    for (const auto& [label, iri] : prefixes_) width = std::max(width, label.size());
    for (const auto& [label, iri] : prefixes_)
      out_ << fmt::format("{:<{}} <{}>\n", label + ":", width + 1, iri);
    return kDone;
  }
  std::string label = take_word(arguments);
  std::string iri = take_word(arguments);
  if (label.ends_with(':')) label.pop_back();
  if (iri.size() < 2 || iri.front() != '<' || iri.back() != '>' || !arguments.empty())
    throw UsageError(".prefix takes a label and an IRI: .prefix ex: <http://example.org/>");
  // The grammar decides what a label and an IRI may be.
  grammar::parse_update("PREFIX " + label + ": " + iri);
  declare(label, iri.substr(1, iri.size() - 2));
  return kDone;
}

int Shell::command_format(std::string_view arguments) {
  format_ = arguments.empty() ? std::nullopt : std::optional(parse_format(take_word(arguments)));
  return kDone;
}

int Shell::command_log(std::string_view arguments) {
  std::size_t limit = kLogCommits;
  if (!arguments.empty()) {
    const char* const end = arguments.data() + arguments.size();
    const auto [stop, error] = std::from_chars(arguments.data(), end, limit);
    if (error != std::errc() || stop != end || limit == 0)
      throw UsageError(".log takes the number of commits to show: .log 50");
  }
  print_log(out_, store_.log(limit));
  return kDone;
}

int Shell::command_timer(std::string_view arguments) {
  if (arguments != "on" && arguments != "off" && !arguments.empty())
    throw UsageError(".timer takes on or off");
  timer_ = arguments.empty() ? !timer_ : arguments == "on";
  return kDone;
}

void Shell::declare(const std::string& label, const std::string& iri) {
  for (auto& known : prefixes_) {
    if (known.first != label) continue;
    known.second = iri;
    return;
  }
  prefixes_.emplace_back(label, iri);
}

void Shell::declare_stored() {
  for (const auto& [label, iri] : store_.prefixes()) declare(label, iri);
}

}  // namespace dossier::shell
