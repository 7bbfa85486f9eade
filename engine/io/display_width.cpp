#include "engine/io/display_width.h"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace dossier {
namespace {

constexpr std::string_view kEllipsis = "…";

struct Cluster {
  std::size_t end;    // its last byte is before it
  std::size_t width;  // columns
};

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::size_t code_point_width(UChar32 code) {
  if (code < 0x80) return 1;
  const auto type = u_charType(code);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) return 0;
  // Vowels and finals of Hangul that join the syllable before them.
  if ((code >= 0x1160 && code <= 0x11FF) || (code >= 0xD7B0 && code <= 0xD7FF)) return 0;
  const int wide = u_getIntPropertyValue(code, UCHAR_EAST_ASIAN_WIDTH);
  return wide == U_EA_FULLWIDTH || wide == U_EA_WIDE ? 2 : 1;
}

// An emoji of several code points (a flag, a family, one with a colour of skin) is one picture.
std::size_t cluster_width(std::string_view cluster) {
  constexpr UChar32 kEmojiPresentation = 0xFE0F;
  std::size_t sum = 0;
  std::size_t code_points = 0;
  bool emoji = false;
  bool spacing = false;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(cluster.data());
  for (std::size_t i = 0; i < cluster.size();) {
    UChar32 code = 0;
    U8_NEXT_OR_FFFD(bytes, i, cluster.size(), code);
    const bool first = code_points++ == 0;
    sum += code_point_width(code);
    if (first && u_hasBinaryProperty(code, UCHAR_EMOJI)) emoji = true;
    if (first && u_hasBinaryProperty(code, UCHAR_EMOJI_PRESENTATION)) spacing = true;
    if (code == kEmojiPresentation || u_hasBinaryProperty(code, UCHAR_EMOJI_MODIFIER) ||
        u_hasBinaryProperty(code, UCHAR_REGIONAL_INDICATOR))
      spacing = true;
  }
  return emoji && spacing && code_points > 1 ? 2 : sum;
}

// Calls take(begin, end) for each cluster.
template <typename Take>
void each_cluster(std::string_view text, Take take) {
  // Opening a break iterator takes longer than most texts; it is kept for the thread.
  static thread_local const std::unique_ptr<UBreakIterator, decltype(&ubrk_close)> breaks = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<UBreakIterator, decltype(&ubrk_close)>(
        ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &status), &ubrk_close);
  }();
  UErrorCode status = U_ZERO_ERROR;
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.data(), static_cast<std::int64_t>(text.size()), &status);
  if (breaks != nullptr) ubrk_setUText(breaks.get(), &source, &status);
  if (breaks == nullptr || U_FAILURE(status)) {
    utext_close(&source);
    take(std::size_t{0}, text.size());
    return;
  }
  std::size_t begin = 0;
  for (std::int32_t end = ubrk_next(breaks.get()); end != UBRK_DONE; end = ubrk_next(breaks.get())) {
    take(begin, static_cast<std::size_t>(end));
    begin = static_cast<std::size_t>(end);
  }
  utext_close(&source);
}

void append_elided_ascii(std::string& out, std::string_view text, std::size_t width) {
  const std::size_t head = width / 2;
  const std::size_t tail = width - 1 - head;
  out += text.substr(0, head);
  out += kEllipsis;
  out += text.substr(text.size() - tail);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  if (is_ascii(text)) return text.size();
  std::size_t width = 0;
  each_cluster(text, [&](std::size_t begin, std::size_t end) {
    width += cluster_width(text.substr(begin, end - begin));
  });
  return width;
}

void append_elided(std::string& out, std::string_view text, std::size_t width) {
  const bool ascii = is_ascii(text);
  if (ascii ? text.size() <= width : display_width(text) <= width) {
    out += text;
    return;
  }
  if (width == 0) return;
  if (ascii) return append_elided_ascii(out, text, width);
  std::vector<Cluster> clusters;
  each_cluster(text, [&](std::size_t begin, std::size_t end) {
    clusters.push_back({end, cluster_width(text.substr(begin, end - begin))});
  });
  std::size_t left = width - 1;
  std::size_t head = 0;  // clusters
  for (std::size_t room = width / 2; head < clusters.size() && clusters[head].width <= room; ++head) {
    room -= clusters[head].width;
    left -= clusters[head].width;
  }
  std::size_t tail = clusters.size();  // the first cluster behind the ellipsis
  for (; tail > head && clusters[tail - 1].width <= left; --tail) left -= clusters[tail - 1].width;
  const auto end_of = [&](std::size_t count) { return count == 0 ? 0 : clusters[count - 1].end; };
  out += text.substr(0, end_of(head));
  out += kEllipsis;
  out += text.substr(end_of(tail));
}

}  // namespace dossier
