#include "shell/words.h"

#include <cctype>

namespace dossier::shell {

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

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

std::string take_upper(std::string_view& text) {
  text = trimmed(text);
  std::string word;
  while (word.size() < text.size() && std::isalpha(static_cast<unsigned char>(text[word.size()])))
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(text[word.size()])));
  text.remove_prefix(word.size());
  return word;
}

std::string_view without_semicolon(std::string_view text) {
  text = trimmed(text);
  return text.ends_with(';') ? trimmed(text.substr(0, text.size() - 1)) : text;
}

}  // namespace dossier::shell
