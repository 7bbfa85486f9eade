#include "engine/store/block.h"

#include <algorithm>
#include <bit>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/dossier.h"
#include "engine/store/bit_packing.h"

// Layout, little-endian:
//   u32 checksum of the rest of the header; u32 size of the block; u16 rows; u8 columns; u8 0
//   for each column 16 bytes: u8 kind; u8 offset width; u8 group bits; u8 bytes of a base; u16 groups; u16
//   runs;
//     u64 least base
//   for each column: runs x u16 first row of the run; groups x (base - least base); when kShifted, groups x
//   u8 bits
//     that the offset is to be shifted by; the words, bit-packed
//   kPadding bytes, so that a load of 8 bytes at any word stays inside
namespace dossier {
namespace {

constexpr std::size_t kHeaderFixed = 12;
constexpr std::size_t kHeaderColumn = 16;
constexpr std::size_t kPadding = 8;
constexpr std::size_t kMaxDictionary = 128;  // distinct values of a column that is coded as a dictionary
constexpr std::size_t kDictionarySlots = 512;

// Bits of a column's kind.
constexpr std::uint8_t kRuns = 1;
constexpr std::uint8_t kShifted = 2;
constexpr std::size_t kTags = 16;

inline std::uint16_t load16(const char* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
inline void store16(char* at, std::uint16_t value) {
  std::memcpy(at, &value, sizeof value);
}

enum class Coding : std::uint8_t { frame, tags, dictionary };

// Values of one column (or the values of its runs), and how they are best coded.
struct Plan {
  Coding coding = Coding::frame;
  unsigned width = 0;
  unsigned group_bits = 0;
  std::size_t groups = 1;
  std::uint64_t least = 0;
  std::array<std::uint64_t, kMaxDictionary> bases;
  std::array<std::uint8_t, kTags> group_of_tag;
  bool shifted = false;
  std::array<std::uint8_t, kTags> shifts;            // by group
  std::array<std::uint8_t, kDictionarySlots> slots;  // index of the value + 1
};

inline std::size_t slot_of(std::uint64_t value) {
  return (value * 0x9E3779B97F4A7C15ULL) >> 55;
}

// Fills the dictionary of the plan; false when the values are too many.
bool find_distinct(const std::uint64_t* values, std::size_t count, std::size_t limit, Plan& plan,
                   std::size_t& distinct) {
  plan.slots.fill(0);
  distinct = 0;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = values[i];
    if (i > 0 && value == last) continue;
    last = value;
    std::size_t slot = slot_of(value);
    while (plan.slots[slot] != 0 && plan.bases[plan.slots[slot] - 1] != value)
      slot = (slot + 1) % kDictionarySlots;
    if (plan.slots[slot] != 0) continue;
    if (distinct == limit) return false;
    plan.bases[distinct++] = value;
    plan.slots[slot] = static_cast<std::uint8_t>(distinct);
  }
  return true;
}

std::size_t base_bytes_for(const Plan& plan) {
  if (plan.groups <= 1) return 0;
  const std::uint64_t greatest = *std::max_element(plan.bases.begin(), plan.bases.begin() + plan.groups);
  return (bits_for(greatest - plan.least) + 7) / 8;
}

void make_plan(const std::uint64_t* values, std::size_t count, Plan& plan) {
  if (count == 0) return;
  std::uint64_t least = values[0];
  std::uint64_t greatest = values[0];
  unsigned tags = 0;
  for (std::size_t i = 0; i < count; ++i) {
    least = std::min(least, values[i]);
    greatest = std::max(greatest, values[i]);
    tags |= 1U << (values[i] >> Id::kTagShift);
  }
  plan.least = least;
  plan.width = stored_width(bits_for(greatest - least));
  if (plan.width == 0) return;
  std::size_t best = count * plan.width;

  // A group for each tag. Dates, decimals and doubles end in zeros that all values of a block often share:
  // the offsets of such a group are kept without them, else the dates of spog would widen the words of all
  // objects.
  const unsigned tag_count = static_cast<unsigned>(std::popcount(tags));
  std::array<std::uint64_t, kTags> low;
  std::array<std::uint8_t, kTags> shifts{};
  low.fill(~std::uint64_t{0});
  std::array<std::uint64_t, kTags> seen{};  // the bits of all offsets
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t tag = values[i] >> Id::kTagShift;
    low[tag] = std::min(low[tag], values[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t tag = values[i] >> Id::kTagShift;
    seen[tag] |= values[i] - low[tag];
  }
  unsigned width = 0;
  unsigned shift_bits = 0;
  for (std::size_t tag = 0; tag < kTags; ++tag) {
    if (seen[tag] == 0) continue;
    shifts[tag] = static_cast<std::uint8_t>(std::countr_zero(seen[tag]));
    shift_bits |= shifts[tag];
    width = std::max(width, bits_for(seen[tag] >> shifts[tag]));
  }
  if (tag_count > 1 || shift_bits > 0) {
    const unsigned group_bits = bits_for(tag_count - 1);
    const std::size_t cost =
        count * (width + group_bits) + (tag_count > 1 ? 64 * tag_count : 0) + 8 * tag_count;
    if (width + group_bits <= kMaxPackedWidth && cost < best) {
      best = cost;
      plan.coding = Coding::tags;
      plan.width = width;
      plan.group_bits = group_bits;
    }
  }

  // A dictionary pays only when its bases, some 4 bytes each, cost less than the bits saved.
  const std::size_t limit = std::min(kMaxDictionary, best / 40);
  std::size_t distinct = 0;
  if (limit > 1 && find_distinct(values, count, limit, plan, distinct)) {
    const unsigned group_bits = bits_for(distinct - 1);
    const std::size_t base_bits = (bits_for(greatest - least) + 7) / 8 * 8;
    if (count * group_bits + distinct * base_bits < best) {
      plan.coding = Coding::dictionary;
      plan.width = 0;
      plan.group_bits = group_bits;
      plan.groups = distinct;
      return;
    }
  }
  if (plan.coding == Coding::tags) {
    plan.groups = 0;
    plan.shifted = shift_bits > 0;
    for (std::size_t tag = 0; tag < kTags; ++tag) {
      if ((tags >> tag & 1) == 0) continue;
      plan.group_of_tag[tag] = static_cast<std::uint8_t>(plan.groups);
      plan.shifts[plan.groups] = shifts[tag];
      plan.bases[plan.groups++] = low[tag];
    }
  }
}

std::size_t packed_size(const Plan& plan, std::size_t count) {
  return (count * (plan.width + plan.group_bits) + 7) / 8;
}

// Writes the bases, the shifts and the words; returns the end.
char* write_values(const std::uint64_t* values, std::size_t count, const Plan& plan, std::size_t base_bytes,
                   char* out) {
  if (base_bytes > 0) {
    for (std::size_t group = 0; group < plan.groups; ++group) {
      const std::uint64_t base = plan.bases[group] - plan.least;
      std::memcpy(out, &base, base_bytes);
      out += base_bytes;
    }
  }
  if (plan.shifted) {
    std::memcpy(out, plan.shifts.data(), plan.groups);
    out += plan.groups;
  }
  const unsigned width = plan.width + plan.group_bits;
  if (width == 0) return out;
  if (width == 64) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t word = values[i] - plan.least;
      std::memcpy(out + i * 8, &word, 8);
    }
    return out + count * 8;
  }
  WordWriter writer(out, width);
  switch (plan.coding) {
    case Coding::frame:
      for (std::size_t i = 0; i < count; ++i) writer.put(values[i] - plan.least);
      break;
    case Coding::tags:
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t group = plan.group_of_tag[values[i] >> Id::kTagShift];
        const unsigned shift = plan.shifted ? plan.shifts[group] : 0;
        writer.put(group << plan.width | (values[i] - plan.bases[group]) >> shift);
      }
      break;
    case Coding::dictionary: {
      std::uint64_t last = ~values[0];
      std::uint64_t group = 0;
      for (std::size_t i = 0; i < count; ++i) {
        if (values[i] != last) {
          last = values[i];
          std::size_t slot = slot_of(last);
          while (plan.bases[plan.slots[slot] - 1] != last) slot = (slot + 1) % kDictionarySlots;
          group = plan.slots[slot] - 1U;
        }
        writer.put(group);
      }
      break;
    }
  }
  writer.finish();
  return out + (count * width + 7) / 8;
}

[[noreturn]] void damaged(const char* what) {
  throw CorruptionError(std::string("a packed block is damaged: ") + what +
                        "; run `dossier check` and restore the store from a backup");
}

}  // namespace

void encode_block(std::span<const std::uint64_t* const> columns, std::size_t rows, std::string& out) {
  const std::size_t start = out.size();
  const std::size_t header = kHeaderFixed + kHeaderColumn * columns.size();
  out.resize(start + header);
  std::array<std::uint64_t, kMaxBlockRows> run_values;
  std::array<std::uint16_t, kMaxBlockRows> run_starts;
  Plan plan;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::uint64_t* values = columns[c];
    std::size_t runs = rows > 0 ? 1 : 0;
    for (std::size_t i = 1; i < rows; ++i) runs += values[i] != values[i - 1];
    // A run costs 16 bits for its start beside its value; most values are 8 bits or more.
    bool as_runs = runs > 1 && runs * 3 <= rows;
    const std::uint64_t* coded = values;
    std::size_t count = rows;
    if (as_runs) {
      std::size_t run = 0;
      for (std::size_t i = 0; i < rows; ++i) {
        if (i > 0 && values[i] == values[i - 1]) continue;
        run_values[run] = values[i];
        run_starts[run++] = static_cast<std::uint16_t>(i);
      }
      coded = run_values.data();
      count = runs;
    }
    plan.coding = Coding::frame;
    plan.width = plan.group_bits = 0;
    plan.groups = 1;
    plan.least = 0;
    plan.shifted = false;
    make_plan(coded, count, plan);
    if (as_runs && runs * (16 + plan.width + plan.group_bits) >= rows * (plan.width + plan.group_bits)) {
      // Few bits a value: a word for every row is smaller than the starts. The values are the same, so the
      // plan stands.
      as_runs = false;
      coded = values;
      count = rows;
    }
    const std::size_t base_bytes = base_bytes_for(plan);
    const std::size_t run_bytes = as_runs ? runs * 2 : 0;
    const std::size_t at = out.size();
    const std::size_t shift_bytes = plan.shifted ? plan.groups : 0;
    out.resize(at + run_bytes + plan.groups * base_bytes + shift_bytes + packed_size(plan, count));
    char* body = out.data() + at;
    if (as_runs) std::memcpy(body, run_starts.data(), run_bytes);
    write_values(coded, count, plan, base_bytes, body + run_bytes);

    char* head = out.data() + start + kHeaderFixed + kHeaderColumn * c;
    head[0] = static_cast<char>((as_runs ? kRuns : 0) | (plan.shifted ? kShifted : 0));
    head[1] = static_cast<char>(plan.width);
    head[2] = static_cast<char>(plan.group_bits);
    head[3] = static_cast<char>(base_bytes);
    store16(head + 4, static_cast<std::uint16_t>(plan.groups));
    store16(head + 6, static_cast<std::uint16_t>(as_runs ? runs : 0));
    std::memcpy(head + 8, &plan.least, 8);
  }
  out.append(kPadding, '\0');
  char* head = out.data() + start;
  const auto size = static_cast<std::uint32_t>(out.size() - start);
  std::memcpy(head + 4, &size, 4);
  store16(head + 8, static_cast<std::uint16_t>(rows));
  head[10] = static_cast<char>(columns.size());
  head[11] = 0;
  const auto checksum = static_cast<std::uint32_t>(XXH3_64bits(head + 4, header - 4));
  std::memcpy(head, &checksum, 4);
}

BlockReader::BlockReader(std::string_view bytes, std::size_t columns) {
  const std::size_t header = kHeaderFixed + kHeaderColumn * columns;
  if (bytes.size() < header + kPadding) damaged("it is too short");
  const char* head = bytes.data();
  std::uint32_t checksum;
  std::uint32_t size;
  std::memcpy(&checksum, head, 4);
  std::memcpy(&size, head + 4, 4);
  if (static_cast<std::uint8_t>(head[10]) != columns) damaged("it has another number of columns");
  if (checksum != static_cast<std::uint32_t>(XXH3_64bits(head + 4, header - 4))) {
    damaged("the checksum of its header is wrong");
  }
  if (size != bytes.size()) damaged("its size is wrong");
  rows_ = load16(head + 8);
  if (rows_ > kMaxBlockRows) damaged("it has too many rows");
  std::size_t offset = header;
  for (std::size_t c = 0; c < columns; ++c) {
    const char* at = head + kHeaderFixed + kHeaderColumn * c;
    Column& column = columns_[c];
    column.runs = (at[0] & kRuns) != 0 ? load16(at + 6) : 0;
    const bool shifted = (at[0] & kShifted) != 0;
    column.width = static_cast<std::uint8_t>(at[1]);
    column.group_bits = static_cast<std::uint8_t>(at[2]);
    column.base_bytes = static_cast<std::uint8_t>(at[3]);
    column.groups = load16(at + 4);
    column.least = load64(at + 8);
    const unsigned word = column.width + column.group_bits;
    if (word != stored_width(word) || word > 64 || column.group_bits > 7 || column.base_bytes > 8 ||
        column.groups > kMaxDictionary || column.runs > rows_ || (word == 64 && column.group_bits > 0) ||
        (column.group_bits > 0 && column.groups == 0) ||
        (shifted &&
         (column.groups == 0 || column.groups > kTags || column.group_bits > 4 || column.width == 64))) {
      damaged("a column's header is wrong");
    }
    column.starts = head + offset;
    offset += column.runs * 2U;
    column.bases = head + offset;
    offset += std::size_t{column.groups} * column.base_bytes;
    if (shifted) {
      column.shifts = head + offset;
      offset += column.groups;
    }
    column.words = head + offset;
    const std::size_t count = column.runs > 0 ? column.runs : rows_;
    offset += (count * (column.width + column.group_bits) + 7) / 8;
  }
  if (offset + kPadding != bytes.size()) damaged("its columns do not fill it");
}

// A damaged block may say anything: never shift by more than there are bits.
unsigned BlockReader::shift_of(const Column& column, std::size_t group) {
  return column.shifts == nullptr ? 0 : static_cast<unsigned char>(column.shifts[group]) & 63U;
}

std::uint64_t BlockReader::coded_at(const Column& column, std::size_t index) {
  const unsigned width = column.width + column.group_bits;
  if (width == 0) return column.least;
  const std::uint64_t word = load_word(column.words, index, width);
  if (column.group_bits == 0) return column.least + (word << shift_of(column, 0));
  const std::uint64_t group = std::min<std::uint64_t>(word >> column.width, column.groups - 1U);
  // The words follow the bases, and the padding them, so 8 bytes can always be read.
  const std::uint64_t base =
      load64(column.bases + group * column.base_bytes) & low_bits(column.base_bytes * 8U);
  return column.least + base + ((word & low_bits(column.width)) << shift_of(column, group));
}

void BlockReader::decode_coded(const Column& column, std::size_t from, std::size_t count,
                               std::uint64_t* out) {
  const unsigned width = column.width + column.group_bits;
  const std::uint64_t least = column.least;
  if (width == 0) {
    std::fill_n(out, count, least);
    return;
  }
  const auto unpack = [&](auto value) { unpack_words(column.words, from, count, width, value, out); };
  if (column.group_bits == 0) {
    const unsigned shift = shift_of(column, 0);
    if (shift == 0)
      unpack([least](std::uint64_t word) { return least + word; });
    else
      unpack([least, shift](std::uint64_t word) { return least + (word << shift); });
    return;
  }
  std::array<std::uint64_t, kMaxDictionary> table;
  const std::uint64_t base_mask = low_bits(column.base_bytes * 8U);
  const std::size_t group_limit = std::size_t{1} << column.group_bits;
  for (std::size_t group = 0; group < group_limit; ++group) {
    table[group] = group < column.groups
                       ? least + (load64(column.bases + group * column.base_bytes) & base_mask)
                       : least;
  }
  const std::uint64_t* const bases = table.data();
  const unsigned offset_width = column.width;
  if (offset_width == 0) {
    unpack([bases](std::uint64_t word) { return bases[word]; });
    return;
  }
  const std::uint64_t offset_mask = low_bits(offset_width);
  if (column.shifts == nullptr) {
    unpack([=](std::uint64_t word) { return bases[word >> offset_width] + (word & offset_mask); });
    return;
  }
  std::array<std::uint8_t, kTags> group_shifts{};
  for (std::size_t group = 0; group < column.groups; ++group)
    group_shifts[group] = static_cast<std::uint8_t>(shift_of(column, group));
  const std::uint8_t* const shifts = group_shifts.data();
  unpack([=](std::uint64_t word) {
    const std::size_t group = word >> offset_width;
    return bases[group] + ((word & offset_mask) << shifts[group]);
  });
}

// The run that holds `row`.
std::size_t BlockReader::run_of(const Column& column, std::size_t row) {
  std::size_t low = 0;
  std::size_t high = column.runs;
  while (high - low > 1) {
    const std::size_t middle = (low + high) / 2;
    if (load16(column.starts + middle * 2) <= row) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

void BlockReader::decode(std::size_t column_index, std::size_t from, std::size_t count,
                         std::uint64_t* out) const {
  const Column& column = columns_[column_index];
  if (count == 0) return;
  if (column.runs == 0) {
    decode_coded(column, from, count, out);
    return;
  }
  const std::size_t first = run_of(column, from);
  const std::size_t runs = std::max(first, run_of(column, from + count - 1)) + 1 - first;
  std::array<std::uint64_t, kMaxBlockRows> values;
  decode_coded(column, first, runs, values.data());
  // Most runs are a few rows: they are written four at a time, and the next run writes over what was too
  // much. A damaged block may have starts out of order: never write outside, never stand still.
  const char* starts = column.starts + first * 2;
  std::size_t row = 0;
  for (std::size_t run = 0; run < runs; ++run) {
    const std::size_t stop = run + 1 < runs ? load16(starts + (run + 1) * 2) - from : count;
    const std::size_t limit = std::min(count, stop);
    const std::uint64_t value = values[run];
    for (; row < limit && row + 4 <= count; row += 4) {
      out[row] = out[row + 1] = out[row + 2] = out[row + 3] = value;
    }
    for (; row < limit; ++row) out[row] = value;
    row = limit;
  }
  // What the starts of a damaged block left out.
  if (row < count) std::fill_n(out + row, count - row, column.least);
}

std::uint64_t BlockReader::at(std::size_t column_index, std::size_t row) const {
  const Column& column = columns_[column_index];
  return coded_at(column, column.runs == 0 ? row : run_of(column, row));
}

std::size_t BlockReader::bound(std::size_t column_index, std::size_t low, std::size_t high,
                               std::uint64_t value, bool upper) const {
  const Column& column = columns_[column_index];
  const auto less = [value, upper](std::uint64_t other) { return upper ? other <= value : other < value; };
  if (column.runs == 0) {
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (less(coded_at(column, middle))) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  if (low >= high) return low;
  std::size_t first = run_of(column, low);
  std::size_t last = run_of(column, high - 1) + 1;
  while (first < last) {
    const std::size_t middle = (first + last) / 2;
    if (less(coded_at(column, middle))) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  const std::size_t row = first < column.runs ? load16(column.starts + first * 2) : rows_;
  return std::clamp(row, low, high);
}

std::size_t BlockReader::lower_bound(std::span<const std::uint64_t> row, std::size_t length) const {
  std::size_t low = 0;
  std::size_t high = rows_;
  for (std::size_t c = 0; c < length && low < high; ++c) {
    const std::size_t first = bound(c, low, high, row[c], false);
    if (c + 1 == length) return first;
    high = bound(c, first, high, row[c], true);
    low = first;
  }
  return low;
}

}  // namespace dossier
