#include "shell/statement.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "grammar/nearest_word.h"
#include "shell/arguments.h"
#include "shell/command.h"
#include "shell/words.h"

namespace dossier::shell {
namespace {

// For "did you mean"; the grammar knows the words of SPARQL itself.
constexpr auto kTransactionWords = std::to_array<std::string_view>({"BEGIN", "COMMIT", "ROLLBACK"});

// What SQL has taught them to say of transactions; no SPARQL begins with these words.
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

// The words of a line that is a command but for its dot: `find Chen`, and no query, which has braces and
// variables.
bool lacks_its_dot(std::string_view text) {
  std::string_view rest = text;
  const std::string name = "." + take_word(rest);
  const bool keyword = name == ".describe" || name == ".load" || name == ".prefix";  // of SPARQL too
  return find_command(name) != nullptr &&
         text.find_first_of(keyword ? "{}?\n:<" : "{}?\n") == std::string_view::npos;
}

}  // namespace

std::string_view word_alone(std::string_view text) {
  const std::string_view word = without_semicolon(text);
  return word == "help" || word == "quit" || word == "exit" ? word : std::string_view();
}

std::optional<MendedText> mended(const std::string& text, const grammar::ParseOptions& parse) {
  const std::string_view body = trimmed(text);
  if (body.starts_with('.') && explained_text(body).empty()) {
    std::string_view rest = body;
    const std::string name = take_word(rest);
    std::vector<std::string_view> names;
    for (const Command& command : commands()) names.push_back(command.name);
    if (find_command(name) != nullptr) return std::nullopt;
    const std::string_view meant = grammar::nearest_word(name, names);
    if (meant.empty()) return std::nullopt;
    MendedText result{std::string(meant) + std::string(body.substr(name.size())), 0};
    result.cursor = result.text.size();
    return result;
  }
  if (lacks_its_dot(body)) return MendedText{"." + std::string(body), body.size() + 1};
  // One mistake may stand in several places, a prefix above all.
  constexpr int kMostPlaces = 50;
  std::optional<MendedText> result;
  std::string wrong;
  std::string right;
  std::string current = text;
  for (int i = 0; i < kMostPlaces; ++i) {
    const auto mend = examine(current, parse).mend;
    if (!mend) break;
    const std::string replaced = current.substr(mend->offset, mend->length);
    if (result && (replaced != wrong || mend->text != right)) break;
    wrong = replaced;
    right = mend->text;
    current.replace(mend->offset, mend->length, mend->text);
    const bool open = mend->cursor != std::string::npos;
    result = MendedText{current, open ? mend->offset + mend->cursor : current.size()};
    if (open) break;
  }
  return result;
}

std::string_view explained_text(std::string_view text) {
  for (const std::string_view name : {".explain", ".analyze"}) {
    if (text.starts_with(name) && text.size() > name.size() &&
        std::isspace(static_cast<unsigned char>(text[name.size()])))
      return trimmed(text.substr(name.size()));
  }
  return {};
}

Statement examine(const std::string& text, const grammar::ParseOptions& parse) {
  Statement statement;
  const std::string_view body = trimmed(text);
  if (body.empty()) return statement;
  const bool explain = !explained_text(body).empty();
  if ((body.front() == '.' && !explain) || !word_alone(body).empty()) {
    statement.kind = Statement::Kind::command;
    statement.complete = true;
    return statement;
  }
  if (const auto transaction = transaction_statement(body); transaction.word != TransactionWord::none) {
    statement.kind = Statement::Kind::transaction;
    statement.transaction = transaction.word;
    statement.complete = true;
    if (!transaction.whole)
      statement.error =
          "BEGIN, COMMIT and ROLLBACK stand in a line of their own, with ; or TRANSACTION behind them or not";
    return statement;
  }
  const std::string_view code = explain ? explained_text(body) : std::string_view(text);
  statement.kind = explain ? Statement::Kind::explain : Statement::Kind::query;
  const std::string_view body_of_query = without_semicolon(code);
  const std::string_view query =
      code.substr(0, static_cast<std::size_t>(body_of_query.data() + body_of_query.size() - code.data()));
  const auto failed = [&](const grammar::SyntaxError& error, std::string_view read) {
    statement.error = error.what();
    statement.mend = error.mend();
    if (statement.mend) statement.mend->offset += static_cast<std::size_t>(read.data() - text.data());
  };
  try {
    statement.supplied = grammar::parse_query(query, parse).prologue.supplied;
    statement.complete = true;
    return statement;
  } catch (const grammar::SyntaxError& query_error) {
    if (explain) {
      statement.complete = !query_error.at_end();
      failed(query_error, query);
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
      failed(update ? update_error : query_error, update ? code : query);
      std::string_view rest = body;
      const std::string first = take_upper(rest);
      const bool first_is_wrong =
          std::max(query_error.offset(), update_error.offset()) <= text.find_first_not_of(" \t\r\n");
      if (const std::string hint = did_you_mean(first, kTransactionWords); first_is_wrong && !hint.empty())
        statement.error += hint;
      if (lacks_its_dot(body)) {
        std::string_view words = body;
        statement.error = fmt::format("commands begin with a dot: .{}", take_word(words));
        statement.complete = true;
      }
    }
  }
  return statement;
}

}  // namespace dossier::shell
