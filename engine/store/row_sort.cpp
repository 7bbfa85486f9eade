#include "engine/store/row_sort.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "engine/store/format.h"

namespace dossier {
namespace {

constexpr int kDigitBits = 11;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr std::size_t kRadixFrom = 2048;  // below: std::stable_sort

__extension__ typedef unsigned __int128 Word128;

// Stable radix sort of `items` by the bits [low, high) of key(item); `spare` is a buffer of the same size.
template <class T, class Key>
void radix_sort(PageArray<T>& items, PageArray<T>& spare, int low, int high, const Key& key) {
  const std::size_t size = items.size();
  if (size < 2 || high <= low) return;
  if (size < kRadixFrom) {
    const auto field = [&](const T& item) {
      const auto value = key(item) >> low;
      const int bits = high - low;
      using Value = decltype(key(item));
      if (bits >= static_cast<int>(sizeof(Value) * 8)) return value;
      return static_cast<Value>(value & ((Value{1} << bits) - 1));
    };
    std::stable_sort(items.begin(), items.end(), [&](const T& a, const T& b) { return field(a) < field(b); });
    return;
  }
  const int passes = (high - low + kDigitBits - 1) / kDigitBits;
  const int width = (high - low + passes - 1) / passes;
  const std::size_t mask = (std::size_t{1} << width) - 1;
  std::vector<std::array<std::size_t, kDigits>> counts(static_cast<std::size_t>(passes));
  for (auto& count : counts) count.fill(0);
  for (const T& item : items) {
    auto rest = key(item) >> low;
    for (int pass = 0; pass < passes; ++pass) {
      ++counts[pass][static_cast<std::size_t>(rest) & mask];
      rest >>= width;
    }
  }
  spare.resize(size);
  for (int pass = 0; pass < passes; ++pass) {
    auto& count = counts[pass];
    // The last digit may take in bits above `high`: they must not count.
    const int shift = low + pass * width;
    const int bits = std::min(width, high - shift);
    const std::size_t digit_mask = (std::size_t{1} << bits) - 1;
    if (bits < width) {
      for (std::size_t digit = digit_mask + 1; digit <= mask; ++digit)
        count[digit & digit_mask] += count[digit];
    }
    std::size_t start = 0;
    bool one = false;
    for (std::size_t digit = 0; digit <= digit_mask; ++digit) {
      one |= count[digit] == size;
      const std::size_t next = start + count[digit];
      count[digit] = start;
      start = next;
    }
    if (one) continue;
    T* out = spare.data();
    for (const T& item : items)
      out[count[static_cast<std::size_t>(key(item) >> shift) & digit_mask]++] = item;
    std::swap(items, spare);
  }
}

// Ranks of one column: the ids that stand in it, in order.
struct Column {
  PageArray<std::uint32_t> rank;  // by local index
  PageArray<std::uint64_t> ids;   // by rank
  int bits = 0;
  int shift = 0;
};

template <class Word>
class Sorter final : public RowSorter {
 public:
  Sorter(PageArray<LocalRow>&& rows, std::array<Column, 4>&& columns, bool triples)
      : columns_(std::move(columns)), triples_(triples) {
    pack(std::move(rows));
    PageArray<Word> spare;
    int top = 0;
    for (const Column& column : columns_) top = std::max(top, column.shift + column.bits);
    if (!std::is_sorted(words_.begin(), words_.end())) radix_sort(words_, spare, 0, top, identity);
    words_.resize(static_cast<std::size_t>(std::unique(words_.begin(), words_.end()) - words_.begin()));
  }
  std::size_t rows() const override { return words_.size(); }

  void emit_base(const Emit& emit) override {
    emit_words(words_, triples_ ? Permutation::spoi : Permutation::spog, emit);
  }

  void emit_first(const Emit& emit) override {
    PageArray<Word> out;
    PageArray<Word> spare;
    if (triples_) {
      out = by_column(words_, 3, spare);
      emit_words(out, Permutation::ispo, emit);
      return;
    }
    out = by_column(words_, 1, spare);
    emit_words(out, Permutation::psog, emit);
    const Column& graph = columns_[3];
    if (graph.ids.size() > 1 || graph.ids[0] != kDefaultGraph.bits) {
      out = PageArray<Word>();
      for (const Word word : words_) {
        if (graph.ids[rank(word, 3)] != kDefaultGraph.bits) out.push_back(word);
      }
      radix_sort(out, spare, graph.shift, graph.shift + graph.bits, identity);
      emit_words(out, Permutation::gspo, emit);
    }
  }

  void emit_second(const Emit& emit) override {
    PageArray<Word> spare;
    PageArray<Word> out = by_column(words_, 2, spare);
    emit_words(out, triples_ ? Permutation::ospi : Permutation::ospg, emit);
    radix_sort(out, spare, columns_[1].shift, columns_[1].shift + columns_[1].bits, identity);
    emit_words(out, triples_ ? Permutation::posi : Permutation::posg, emit);
  }

 private:
  static constexpr auto identity = [](const Word& word) { return word; };

  // Decodes the words of a permutation, a piece at a time.
  class Stream final : public RowStream {
   public:
    Stream(const Sorter& sorter, const PageArray<Word>& words, Permutation permutation)
        : sorter_(sorter), words_(words), order_(kColumnOrder[static_cast<std::size_t>(permutation)]) {}
    bool next(RowPiece& piece) override {
      const std::size_t count = std::min(kStreamRows, words_.size() - at_);
      if (count == 0) return false;
      for (int i = 0; i < 4; ++i) {
        const Column& column = sorter_.columns_[order_[i]];
        const std::uint64_t* ids = column.ids.data();
        const Word* from = words_.data() + at_;
        std::uint64_t* out = buffer_.columns[i].data();
        const std::uint64_t mask = (std::uint64_t{1} << column.bits) - 1;
        if (column.bits == 0) {
          std::fill_n(out, count, ids[0]);
          continue;
        }
        for (std::size_t row = 0; row < count; ++row) {
          out[row] = ids[static_cast<std::uint64_t>(from[row] >> column.shift) & mask];
        }
      }
      at_ += count;
      piece = buffer_.piece(count);
      return true;
    }

   private:
    const Sorter& sorter_;
    const PageArray<Word>& words_;
    const std::array<std::uint8_t, 4>& order_;
    std::size_t at_ = 0;
    RowBuffer buffer_;
  };

  std::uint32_t rank(Word word, int column) const {
    const Column& of = columns_[column];
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(word >> of.shift) &
                                      ((std::uint64_t{1} << of.bits) - 1));
  }

  void pack(PageArray<LocalRow>&& rows) {
    constexpr std::size_t kPiece = std::size_t{1} << 18;
    PageArray<LocalRow> from = std::move(rows);
    words_.resize(from.size());
    const std::array<const std::uint32_t*, 4> ranks = {columns_[0].rank.data(), columns_[1].rank.data(),
                                                       columns_[2].rank.data(), columns_[3].rank.data()};
    for (std::size_t start = 0; start < from.size(); start += kPiece) {
      const std::size_t end = std::min(start + kPiece, from.size());
      for (std::size_t i = start; i < end; ++i) {
        const LocalRow& row = from[i];
        words_[i] = static_cast<Word>(ranks[0][row[0]]) << columns_[0].shift |
                    static_cast<Word>(ranks[1][row[1]]) << columns_[1].shift |
                    static_cast<Word>(ranks[2][row[2]]) << columns_[2].shift |
                    static_cast<Word>(ranks[3][row[3]]);
      }
      from.discard(start, end);
    }
    for (Column& column : columns_) column.rank.release();
  }

  PageArray<Word> by_column(const PageArray<Word>& words, int column, PageArray<Word>& spare) const {
    PageArray<Word> out(words.size());
    std::copy(words.begin(), words.end(), out.begin());
    const Column& of = columns_[column];
    radix_sort(out, spare, of.shift, of.shift + of.bits, identity);
    return out;
  }

  void emit_words(const PageArray<Word>& words, Permutation permutation, const Emit& emit) const {
    const auto stream = std::make_unique<Stream>(*this, words, permutation);
    emit(permutation, *stream);
  }

  std::array<Column, 4> columns_;
  bool triples_;
  PageArray<Word> words_;
};

}  // namespace

void ChunkIds::make_order() {
  // Within one tag, ids of the dictionary ascend with the local index when the terms are new: then the list
  // of the tag is sorted as it is.
  std::array<std::size_t, 17> starts{};
  for (const std::uint64_t id : ids) ++starts[(id >> Id::kTagShift) + 1];
  for (std::size_t tag = 0; tag < 16; ++tag) starts[tag + 1] += starts[tag];
  std::array<std::size_t, 16> at;
  std::copy_n(starts.begin(), 16, at.begin());
  order.resize(ids.size());
  for (std::size_t local = 0; local < ids.size(); ++local)
    order[at[ids[local] >> Id::kTagShift]++] = static_cast<Local>(local);
  PageArray<Local> spare;
  PageArray<Local> part;
  for (std::size_t tag = 0; tag < 16; ++tag) {
    Local* begin = order.data() + starts[tag];
    Local* end = order.data() + starts[tag + 1];
    const auto before = [&](Local a, Local b) { return ids[a] < ids[b]; };
    if (std::is_sorted(begin, end, before)) continue;
    std::uint64_t different = 0;
    for (const Local* local = begin; local < end; ++local) different |= ids[*local] ^ ids[*begin];
    part.resize(static_cast<std::size_t>(end - begin));
    std::copy(begin, end, part.begin());
    radix_sort(part, spare, std::countr_zero(different), static_cast<int>(std::bit_width(different)),
               [&](Local local) { return ids[local]; });
    std::copy(part.begin(), part.end(), begin);
  }
}

std::unique_ptr<RowSorter> sort_rows(PageArray<LocalRow>&& rows, const ChunkIds& ids, bool triples) {
  std::array<Column, 4> columns;
  constexpr std::uint32_t kSeen = 1;
  for (Column& column : columns) column.rank.resize(ids.ids.size());
  for (const LocalRow& row : rows) {
    for (int i = 0; i < 4; ++i) columns[i].rank[row[i]] = kSeen;
  }
  int bits = 0;
  for (int i = 3; i >= 0; --i) {
    Column& column = columns[i];
    for (const Local local : ids.order) {
      if (column.rank[local] == 0) continue;
      column.rank[local] = static_cast<std::uint32_t>(column.ids.size());
      column.ids.push_back(ids.ids[local]);
    }
    column.bits = column.ids.size() < 2 ? 0 : static_cast<int>(std::bit_width(column.ids.size() - 1));
    column.shift = column.bits == 0 ? 0 : bits;
    bits += column.bits;
  }
  if (bits <= 64)
    return std::make_unique<Sorter<std::uint64_t>>(std::move(rows), std::move(columns), triples);
  return std::make_unique<Sorter<Word128>>(std::move(rows), std::move(columns), triples);
}

void sort_pairs(PageArray<HashPair>& pairs) {
  PageArray<HashPair> spare;
  // Equal keys are so rare that their ids are put in order afterwards.
  radix_sort(pairs, spare, 7, kHashKeyBits, [](const HashPair& pair) { return pair.key; });
  const auto before = [](const HashPair& a, const HashPair& b) {
    return a.key != b.key ? a.key < b.key : a.id < b.id;
  };
  for (std::size_t i = 1; i < pairs.size(); ++i) {
    for (std::size_t j = i; j > 0 && before(pairs[j], pairs[j - 1]); --j) std::swap(pairs[j], pairs[j - 1]);
  }
}

bool PairStream::next(RowPiece& piece) {
  const std::size_t count = std::min(kStreamRows, pairs_.size() - at_);
  if (count == 0) return false;
  for (std::size_t row = 0; row < count; ++row) {
    buffer_.columns[0][row] = pairs_[at_ + row].key;
    buffer_.columns[1][row] = pairs_[at_ + row].id;
  }
  at_ += count;
  piece = buffer_.piece(count);
  return true;
}

}  // namespace dossier
