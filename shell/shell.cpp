#include "shell/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "shell/command.h"
#include "shell/verbs.h"
#include "shell/words.h"

namespace dossier::shell {

Shell::Shell(Store& store, Output& out, ShellOptions options) : context_(store, out, std::move(options)) {}

Shell::~Shell() {
  if (!context_.session.in_transaction()) return;
  context_.session.rollback();
  fmt::print(stderr,
             "dossier: the open transaction was rolled back; COMMIT before the end keeps its changes\n");
}

// ---- reading

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
  const int code = run_guarded([&] { return run_statement(text, statement); });
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
    const auto take = [&] { lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1); };
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

int Shell::run_script(std::string_view script) {
  if (const int code = add_lines(script, {}); code != kDone || context_.quit) return code;
  return text_.empty() ? kDone : run();
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
    fmt::print(stderr, "dossier: {}\n", statement.error);
    return kWrong;
  }
  if (statement.kind == Statement::Kind::command) return run_command(context_, trimmed(text));
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
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print(stderr, "time: {}\n",
               seconds < 0.01 ? fmt::format("{:.2f} ms", seconds * 1000) : readable_seconds(seconds));
  }
  return kDone;
}

void Shell::run_query(const std::string& text) {
  const QueryOptions options = context_.query_options();
  Result result = context_.session.query(text, options);
  const Format format = context_.format && can_write(result.kind(), *context_.format)
                            ? *context_.format
                            : default_format(result.kind());
  context_.answer = Answer{text, options};
  const bool interactive = context_.options.interactive;
  if (interactive) show(Hints::before(result));
  const std::uint64_t rows = result.write(context_.out, format, context_.prefixes);
  context_.out.flush();
  if (context_.options.interactive && result.kind() != Result::Kind::boolean)
    fmt::print(stderr, "({} {})\n", with_commas(rows), rows == 1 ? "row" : "rows");
  const grammar::Query query = grammar::parse_query(text, context_.parse_options());
  for (const auto& [label, iri] : query.prologue.prefixes) context_.declare(label, iri);
  const bool none = result.kind() == Result::Kind::boolean ? !result.boolean() : rows == 0;
  if (interactive) show(hints_.after(query, result.plan(), none));
}

void Shell::show(const std::vector<std::string>& hints) const {
  for (const std::string& hint : hints) fmt::print(stderr, "dossier: {}\n", hint);
}

void Shell::run_update(const std::string& text) {
  const grammar::Update update = grammar::parse_update(text, context_.parse_options());
  // A prologue alone declares prefixes.
  if (!update.operations.empty()) context_.session.update(text, context_.query_options());
  for (const auto& [label, iri] : update.prologue.prefixes) context_.declare(label, iri);
}

}  // namespace dossier::shell
