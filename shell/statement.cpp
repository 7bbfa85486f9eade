#include "shell/statement.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "shell/arguments.h"
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

}  // namespace

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
  if (body.front() == '.' && !explain) {
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

}  // namespace dossier::shell
