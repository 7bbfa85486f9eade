// Texts as names are compared: without case, accents, spaces, punctuation and script.
//
// Purpose: `Chen Yuhuang`, `CHEN Yuhuáng` and 陈玉煌 fold to `chenyuhuang`. ICU turns other scripts into Latin (Russian by
// the rules of BGN, all others by its general ones) and accents into plain letters; what is neither letter nor digit goes. A
// letter that ICU cannot turn stays as it is. Invariants: the same text folds to the same bytes, whatever stood before it;
// `fold_rules` names the rules, so that what another version of them folded can be told. Thread-safety: a TextFolder belongs
// to one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dossier {

struct FoldedText {
  std::string text;
  // Written in a script that leaves vowels out (Arabic, Hebrew): only its consonants tell.
  bool consonantal = false;
};

class TextFolder {
 public:
  TextFolder();
  ~TextFolder();
  TextFolder(const TextFolder&) = delete;
  TextFolder& operator=(const TextFolder&) = delete;

  // The result is valid until the next call.
  const FoldedText& fold(std::string_view text);

 private:
  class Rules;  // of ICU; made with the first text that is not ASCII
  void fold_other(std::string_view text);
  const std::string& latin_of_han(char32_t character);

  std::unique_ptr<Rules> rules_;
  FoldedText folded_;
  // Chinese characters are turned one by one, and a few hundred make up most names: 40 us a name become 1.
  std::unordered_map<char32_t, std::string> han_;
};

// Number of these rules and of ICU's.
std::string fold_rules();

}  // namespace dossier
