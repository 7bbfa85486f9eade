#include "tests/differential/shrink.h"

#include <algorithm>

namespace dossier::differential {
namespace {

constexpr int kMostTries = 4000;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> tokens;
  std::string token;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\' && i + 1 < text.size()) {
      token += c;
      token += text[++i];
      continue;
    }
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ' ' || c == '\n')) {
      if (!token.empty()) tokens.push_back(token);
      token.clear();
      continue;
    }
    token += c;
  }
  if (!token.empty()) tokens.push_back(token);
  return tokens;
}

std::string joined(const std::vector<std::string>& tokens) {
  std::string text;
  for (const std::string& token : tokens) text += (text.empty() ? "" : " ") + token;
  return text;
}

int depth_of(const std::string& token) {
  if (token.front() == '"') return 0;
  if (token.ends_with("(") || token == "{" || token == "{|" || token == "<<" || token == "[") return 1;
  if (token == ")" || token == "}" || token == "|}" || token == ">>" || token == ")>>" || token == "]")
    return -1;
  return 0;
}

std::size_t partner(const std::vector<std::string>& tokens, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    depth += depth_of(tokens[i]);
    if (depth == 0) return i;
  }
  return tokens.size();
}

bool balanced(const std::vector<std::string>& tokens, std::size_t from, std::size_t to) {
  int depth = 0;
  for (std::size_t i = from; i < to; ++i) {
    depth += depth_of(tokens[i]);
    if (depth < 0) return false;
  }
  return depth == 0;
}

class Shrinker {
 public:
  Shrinker(std::vector<Quad>& quads, std::string& query, const Differs& differs)
      : quads_(quads), query_(query), differs_(differs) {}

  void run() {
    for (bool smaller = true; smaller && tries_ < kMostTries;) {
      smaller = drop_tokens();
      smaller = drop_brackets() || smaller;
      smaller = drop_quads() || smaller;
    }
  }

 private:
  bool still(const std::vector<Quad>& quads, const std::string& query) {
    return ++tries_ <= kMostTries && differs_(quads, query);
  }

  bool drop_quads() {
    bool any = false;
    for (std::size_t length = quads_.size(); length > 0; length /= 2)
      for (std::size_t from = 0; from + length <= quads_.size();) {
        std::vector<Quad> fewer = quads_;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(from),
                    fewer.begin() + static_cast<std::ptrdiff_t>(from + length));
        if (still(fewer, query_)) {
          quads_ = std::move(fewer);
          any = true;
        } else {
          ++from;
        }
      }
    return any;
  }

  bool drop_tokens() {
    bool any = false;
    std::vector<std::string> tokens = split(query_);
    for (std::size_t length = tokens.size() / 2; length > 0; --length)
      for (std::size_t from = 0; from + length <= tokens.size();) {
        std::vector<std::string> fewer = tokens;
        if (balanced(tokens, from, from + length)) {
          fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(from),
                      fewer.begin() + static_cast<std::ptrdiff_t>(from + length));
          if (still(quads_, joined(fewer))) {
            tokens = std::move(fewer);
            query_ = joined(tokens);
            any = true;
            continue;
          }
        }
        ++from;
      }
    return any;
  }

  // A bracket, with or without the word before it, and its partner.
  bool drop_brackets() {
    bool any = false;
    std::vector<std::string> tokens = split(query_);
    for (std::size_t open = 0; open < tokens.size(); ++open) {
      if (depth_of(tokens[open]) != 1) continue;
      const std::size_t close = partner(tokens, open);
      if (close >= tokens.size()) continue;
      for (const std::size_t before : {std::size_t{1}, std::size_t{0}}) {
        if (open < before) continue;
        std::vector<std::string> fewer = tokens;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(close));
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(open - before),
                    fewer.begin() + static_cast<std::ptrdiff_t>(open + 1));
        if (!still(quads_, joined(fewer))) continue;
        tokens = std::move(fewer);
        query_ = joined(tokens);
        any = true;
        break;
      }
    }
    return any;
  }

  std::vector<Quad>& quads_;
  std::string& query_;
  const Differs& differs_;
  int tries_ = 0;
};

}  // namespace

void shrink(std::vector<Quad>& quads, std::string& query, const Differs& differs) {
  Shrinker(quads, query, differs).run();
}

}  // namespace dossier::differential
