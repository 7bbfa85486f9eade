#include "shell/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

std::string time_since(std::chrono::steady_clock::time_point start) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return seconds < 0.01 ? fmt::format("{:.2f} ms", seconds * 1000) : readable_seconds(seconds);
}

// The shell itself puts an empty IRI into the line for a person to fill in.
void require_iris(const Prefixes& prefixes) {
  for (const auto& [label, iri] : prefixes)
    if (iri.empty())
      throw UsageError(fmt::format("PREFIX {}: <> names nothing; its IRI belongs between < and >", label));
}

}  // namespace

Shell::Shell(Store& store, Output& out, ShellOptions options) : context_(store, out, std::move(options)) {
  context_.read_script = [this](const std::string& path) { return run_script(read_text(path), path); };
}

Shell::~Shell() {
  if (!context_.session.in_transaction()) return;
  context_.session.rollback();
  fmt::print(stderr,
             "dossier: the open transaction was rolled back; COMMIT before the end keeps its changes\n");
}

// ---- reading

Shell::State Shell::add_line(std::string_view line) {
  if (text_.empty()) first_line_ = line_;
  if (!text_.empty()) text_ += '\n';
  text_ += line;
  // A long statement (a hundred thousand lines of INSERT DATA) is not parsed again at each of its lines: only
  // when it has grown by an eighth, or at a line that may well end it.
  const std::string_view last = trimmed(line);
  const bool may_end = last == "}" || last == "};" || last == "} ;" || last.empty();
  if (text_.size() > 65536 && !may_end && text_.size() < examined_ + examined_ / 8)
    return state_ = State::incomplete;
  examined_ = text_.size();
  const Statement statement = examine(text_, context_.parse_options());
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
  const Statement statement = examine(text, context_.parse_options());
  const bool once = context_.showing.once;
  // A script pages statement by statement; commands that explore have pages of their own, see .more.
  std::string_view words = text;
  const Command* const command =
      statement.kind == Statement::Kind::command ? find_command(take_word(words)) : nullptr;
  const bool pages = context_.options.interactive && context_.showing.pager && !text.starts_with(".read") &&
                     (command == nullptr || command->task != Command::Task::explore);
  const std::string where = place();
  const int code = run_guarded(
      [&] {
        const Paging paging(context_.out, pages);
        return run_statement(text, statement);
      },
      where);
  mended_.reset();
  if (code != kDone && context_.options.interactive) mended_ = mended(text, context_.parse_options());
  if (once && statement.error.empty()) end_output(context_);
  const bool writes = statement.kind == Statement::Kind::update || trimmed(text).starts_with(".load");
  if (code != kDone && writes && statement.error.empty() && context_.options.interactive &&
      context_.session.in_transaction())
    fmt::print(stderr, "dossier: the transaction is as it was before this statement\n");
  return code;
}

int Shell::add_lines(std::string_view& lines, const BeforeRun& before_run) {
  const auto run_complete = [&] {
    if (before_run) before_run(std::string(trimmed(text_)));
    return run();
  };
  while (!lines.empty() && !context_.quit) {
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    const auto take = [&] {
      lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
      ++line_;
    };
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (state_ == State::complete) {
      const std::string_view start = trimmed(line);
      if (start.empty()) {
        text_ += '\n';
        take();
        continue;
      }
      // Does the line still belong to the statement? It does when the two together are one, or may become
      // one.
      const std::string before = text_;
      bool joined = start.front() != '.' && before[before.find_first_not_of(" \t\r\n")] != '.';
      if (joined) {
        const Statement longer = examine(before + "\n" + std::string(line), context_.parse_options());
        joined = !longer.complete || longer.error.empty();
      }
      if (!joined) {
        if (const int code = run_complete(); code != kDone) return code;
        if (context_.quit) break;
      }
    }
    take();
    add_line(line);
    if (state_ == State::complete && !examine(text_, context_.parse_options()).error.empty()) {
      // Where a wrong statement ends is not known: what is left may belong to it.
      if (before_run) before_run(std::string(trimmed(text_ + "\n" + std::string(lines))));
      return run();
    }
  }
  return kDone;
}

int Shell::run_lines(std::string_view& lines, const BeforeRun& before_run) {
  if (const int code = add_lines(lines, before_run); code != kDone || context_.quit) return code;
  if (state_ != State::complete) return kDone;
  before_run(std::string(trimmed(text_)));
  return run();
}

int Shell::run_script(std::string_view script, const std::string& file) {
  if (scripts_ == kMostScripts)
    throw UsageError(
        fmt::format("{} is read by {} scripts, one in the other; does it read itself?", file, kMostScripts));
  if (script.starts_with("\xEF\xBB\xBF")) script.remove_prefix(3);  // a byte order mark
  const std::string outer_file = std::exchange(file_, file);
  const std::size_t outer_line = std::exchange(line_, 0);
  ++scripts_;
  const int code = run_rest(script);
  --scripts_;
  file_ = outer_file;
  line_ = outer_line;
  return code;
}

int Shell::run_rest(std::string_view script) {
  int first_failure = kDone;
  const auto failed = [&](int code) {
    if (first_failure == kDone) first_failure = code;
    return context_.bail || Interrupt::taken();
  };
  while (!script.empty() && !context_.quit) {
    const int code = add_lines(script, {});
    if (code == kDone) continue;
    if (failed(code)) return first_failure;
    // Where a wrong statement ends is not known; a blank line or a command comes after it.
    while (!script.empty() && script.front() != '\n' && script.front() != '.') {
      const std::size_t end = script.find('\n');
      script.remove_prefix(end == std::string_view::npos ? script.size() : end + 1);
      ++line_;
    }
  }
  if (!text_.empty() && !context_.quit)
    if (const int code = run(); code != kDone) failed(code);
  return first_failure;
}

std::string Shell::place() const {
  return file_.empty() ? std::string() : fmt::format("{}:{}", file_, first_line_);
}

std::optional<std::string> Shell::continued(std::string_view line) const {
  std::string_view rest = line;
  const std::string first = take_upper(rest);
  constexpr auto kClauses =
      std::to_array<std::string_view>({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"});
  if (std::find(kClauses.begin(), kClauses.end(), first) == kClauses.end()) return std::nullopt;
  if (!context_.answer) return std::nullopt;
  std::string longer = context_.answer->query + "\n" + std::string(without_semicolon(line));
  // A query that takes it may still be incomplete: `ORDER BY` with its variable in the next line.
  if (const Statement statement = examine(longer, context_.parse_options());
      statement.complete && !statement.error.empty())
    return std::nullopt;
  fmt::print(stderr, "dossier: with the last query: {}\n", trimmed(line));
  return longer;
}

// ---- running

int Shell::run_statement(const std::string& text, const Statement& statement) {
  if (!statement.error.empty()) {
    const std::string where = place();
    tell(fmt::format("{}{}{}", where, where.empty() ? "" : ": ", statement.error));
    return kWrong;
  }
  if (statement.kind == Statement::Kind::command) {
    const std::string_view word = word_alone(text);
    return word.empty() ? run_command(context_, trimmed(text))
                        : run_command(context_, fmt::format(".{}", word));
  }
  const auto before = context_.prefixes;
  for (const auto& [label, iri] : statement.supplied) {
    fmt::print(stderr, "dossier: supplied PREFIX {}: <{}>\n", label, iri);
    context_.declare(label, iri);
  }
  try {
    return run_supplied(text, statement);
  } catch (...) {
    context_.prefixes = before;
    throw;
  }
}

// Runs a statement whose prefixes are all declared.
int Shell::run_supplied(const std::string& text, const Statement& statement) {
  const auto start = std::chrono::steady_clock::now();
  const Interrupt interrupt(&context_.session);
  switch (statement.kind) {
    case Statement::Kind::query:
      run_query(std::string(without_semicolon(text)));
      break;
    case Statement::Kind::update:
      run_update(text);
      break;
    case Statement::Kind::explain:
      context_.out << context_.session.explain(without_semicolon(explained_text(text)),
                                               context_.query_options(),
                                               trimmed(text).starts_with(".analyze"));
      break;
    case Statement::Kind::transaction:
      run_transaction(context_, statement.transaction);
      break;
    case Statement::Kind::command:
    case Statement::Kind::nothing:
      break;
  }
  context_.out.flush();
  if (context_.timer) {
    const std::string line = "time: " + time_since(start);
    // The answer may still be held back for the pager: the line stands below it.
    if (context_.options.interactive)
      context_.remark(line);
    else
      fmt::print(stderr, "{}\n", line);
  }
  return kDone;
}

void Shell::run_query(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  Answer answer{text, context_.query_options(), {}};
  const grammar::Query query = grammar::parse_query(text, context_.parse_options());
  const Prefixes& own = query.prologue.prefixes;
  if (context_.options.interactive) require_iris(own);
  StatementProgress progress(context_.out);
  QueryOptions options = answer.options;
  options.progress = progress.callback();
  Result result = context_.session.query(text, options);
  const bool interactive = context_.options.interactive;
  if (interactive)
    for (const std::string& hint : Hints::before(result)) tell(hint);
  AnswerStyle style = context_.answer_style(result.kind());
  // The query's own prefixes come last: where a label means two things, the query's meaning shows.
  for (const auto& prefix : own) {
    std::erase_if(style.prefixes, [&](const auto& given) { return given.first == prefix.first; });
    style.prefixes.push_back(prefix);
  }
  const bool rows = result.kind() != Result::Kind::boolean;
  WrittenAnswer written;
  const auto count = [&](std::string_view how) {
    return fmt::format("({}{}, {})", counted_rows(result.kind(), written.rows), how, time_since(start));
  };
  context_.answer = std::move(answer);
  try {
    write_answer(result, context_.out, style, written, &context_.answer->rows);
  } catch (const LimitError&) {
    if (rows && interactive) context_.remark(count(" until it was stopped"));
    context_.out.flush();
    // In a script a part must not be taken for all.
    if (rows && !interactive)
      fmt::print(stderr, "dossier: {} until it was stopped\n", counted_rows(result.kind(), written.rows));
    throw;
  }
  if (rows)
    context_.remark(
        count(context_.showing.file.empty() ? "" : fmt::format(" into {}", context_.showing.file)));
  for (const auto& [label, iri] : own) context_.declare(label, iri);
  const bool none = rows ? written.rows == 0 : !result.boolean();
  if (interactive)
    for (const std::string& hint : hints_.after(query, result.plan(), none))
      context_.remark("dossier: " + hint);
  context_.out.flush();
}

void Shell::run_update(const std::string& text) {
  const auto start = std::chrono::steady_clock::now();
  const grammar::Update update = grammar::parse_update(text, context_.parse_options());
  if (context_.options.interactive) require_iris(update.prologue.prefixes);
  // A prologue alone declares prefixes.
  if (!update.operations.empty()) {
    StatementProgress progress(context_.out);
    QueryOptions options = context_.query_options();
    options.progress = progress.callback();
    const UpdateReport report = context_.session.update(text, options);
    context_.remark(fmt::format("({} inserted, {} deleted, {})", with_commas(report.inserted),
                                with_commas(report.deleted), time_since(start)));
  }
  for (const auto& [label, iri] : update.prologue.prefixes) context_.declare(label, iri);
}

}  // namespace dossier::shell
