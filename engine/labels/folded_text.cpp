#include "engine/labels/folded_text.h"

#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/uversion.h>

#include <algorithm>

#include "engine/dossier.h"

namespace dossier {
namespace {

constexpr int kRules = 1;
// The ending of Arabic feminine names is heard as a vowel, not as the t of ICU's rules.
constexpr const char16_t* kLatin =
    u"::Any-NFKC; ة > a; ::Russian-Latin/BGN; ::Any-Latin; ::Latin-ASCII; ::Any-Lower;";
constexpr std::size_t kMostHan = 20'000;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void append_ascii(std::string& out, std::string_view text) {
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += c;
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c + ('a' - 'A'));
    }
  }
}

}  // namespace

class TextFolder::Rules {
 public:
  Rules() {
    UErrorCode status = U_ZERO_ERROR;
    UParseError where;
    latin_.reset(icu::Transliterator::createFromRules("dossier", kLatin, UTRANS_FORWARD, where, status));
    if (U_FAILURE(status) || latin_ == nullptr)
      throw StorageError(StorageError::Reason::io,
                         std::string("ICU has no rules for Latin script (its data are incomplete): ") +
                             u_errorName(status));
  }

  void append_latin(std::string& out, icu::UnicodeString text) const {
    latin_->transliterate(text);
    for (std::int32_t i = 0; i < text.length();) {
      const UChar32 c = text.char32At(i);
      i += U16_LENGTH(c);
      // ICU's signs for sounds that Latin has no letter for (ʿ) are letters, too, to Unicode.
      if (!u_isalnum(c) || u_charType(c) == U_MODIFIER_LETTER) continue;
      char bytes[U8_MAX_LENGTH];
      std::int32_t length = 0;
      U8_APPEND_UNSAFE(bytes, length, c);
      out.append(bytes, static_cast<std::size_t>(length));
    }
  }

 private:
  std::unique_ptr<icu::Transliterator> latin_;
};

TextFolder::TextFolder() = default;
TextFolder::~TextFolder() = default;

const FoldedText& TextFolder::fold(std::string_view text) {
  folded_.text.clear();
  folded_.consonantal = false;
  if (is_ascii(text)) {
    append_ascii(folded_.text, text);
  } else {
    if (rules_ == nullptr) rules_ = std::make_unique<Rules>();
    fold_other(text);
  }
  return folded_;
}

void TextFolder::fold_other(std::string_view text) {
  const auto all = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  icu::UnicodeString run;  // of other scripts
  const auto flush = [&] {
    if (!run.isEmpty()) rules_->append_latin(folded_.text, run);
    run.remove();
  };
  for (std::int32_t i = 0; i < all.length();) {
    const UChar32 c = all.char32At(i);
    i += U16_LENGTH(c);
    UErrorCode status = U_ZERO_ERROR;
    const UScriptCode script = c < 0x80 ? USCRIPT_LATIN : uscript_getScript(c, &status);
    if (script == USCRIPT_HAN) {
      flush();
      folded_.text += latin_of_han(static_cast<char32_t>(c));
      continue;
    }
    folded_.consonantal = folded_.consonantal || script == USCRIPT_ARABIC || script == USCRIPT_HEBREW;
    run.append(c);
  }
  flush();
}

const std::string& TextFolder::latin_of_han(char32_t character) {
  if (const auto known = han_.find(character); known != han_.end()) return known->second;
  if (han_.size() >= kMostHan) han_.clear();
  std::string& latin = han_[character];
  rules_->append_latin(latin, icu::UnicodeString(static_cast<UChar32>(character)));
  return latin;
}

std::string fold_rules() {
  return std::to_string(kRules) + " ICU " U_ICU_VERSION;
}

}  // namespace dossier
