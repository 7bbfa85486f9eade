#include "engine/labels/label_index.h"

#include <algorithm>

#include "engine/labels/literal_places.h"
#include "engine/model/term.h"
#include "engine/store/database.h"
#include "engine/store/findings.h"
#include "engine/store/format.h"

namespace dossier {
namespace {

// A literal is decoded with the others of its block of the dictionary.
constexpr std::size_t kSlice = 4096;
constexpr std::size_t kBatchBytes = std::size_t{4} << 20;

// `text`: the lexical form of a literal's bytes.
std::string_view lexical_of(std::string_view bytes) {
  return split_term(bytes).text;
}

}  // namespace

std::string LabelSettings::record() const {
  std::string out;
  append_varint(out, rules.size());
  out += rules;
  for (const std::string& predicate : predicates) {
    append_varint(out, predicate.size());
    out += predicate;
  }
  return out;
}

std::optional<LabelSettings> LabelSettings::read(std::string_view record) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < record.size();) {
    std::uint64_t length = 0;
    if (!read_varint(record, at, length) || length > record.size() - at) return std::nullopt;
    parts.emplace_back(record.substr(at, length));
    at += length;
  }
  if (parts.empty()) return std::nullopt;
  return LabelSettings{parts.front(), {parts.begin() + 1, parts.end()}};
}

const std::vector<std::string>& default_label_predicates() {
  static const std::vector<std::string> kPredicates = {
      "http://www.w3.org/2000/01/rdf-schema#label", "http://www.w3.org/2004/02/skos/core#prefLabel",
      "http://www.w3.org/2004/02/skos/core#altLabel", "http://xmlns.com/foaf/0.1/name",
      "http://schema.org/name", "https://schema.org/name"};
  return kPredicates;
}

bool is_literal_id(Id id) {
  return id.tag() == Tag::literal || id.is_inline();
}

std::optional<LabelSettings> label_settings(const Snapshot& snapshot) {
  std::optional<LabelSettings> settings;
  snapshot.each_label_record([&](std::string_view key, std::string_view value) {
    if (key == kLabelSettingsKey) settings = LabelSettings::read(value);
    return false;
  });
  return settings;
}

std::vector<Id> label_literals(const Snapshot& snapshot, std::span<const std::string> predicates,
                               const LabelTick& tick) {
  std::vector<Id> literals;
  for (const std::string& predicate : predicates) {
    const Id id = snapshot.find(kIriByte + predicate);
    if (!id.is_bound()) continue;
    const std::size_t before = literals.size();
    ScanRange range{Permutation::posg, {id}, 1};
    const auto cursor = snapshot.scan(range, 1U << 1);
    RowBlock block;
    Id last = kUnbound;
    while (cursor->next(block)) {
      for (std::size_t i = 0; i < block.rows; ++i) {
        const Id object = block.columns[1][i];
        if (object == last) continue;
        last = object;
        if (is_literal_id(object)) literals.push_back(object);
      }
      tick(literals.size(), 0);
    }
    std::inplace_merge(literals.begin(), literals.begin() + static_cast<std::ptrdiff_t>(before),
                       literals.end());
  }
  literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
  return literals;
}

void fold_labels(const Snapshot& snapshot, std::span<const Id> literals, TextFolder& folder,
                 const std::function<void(Id, const FoldedText&)>& take, const LabelTick& tick) {
  std::string bytes;
  std::vector<std::size_t> ends;
  for (std::size_t first = 0; first < literals.size(); first += kSlice) {
    const auto slice = literals.subspan(first, std::min(kSlice, literals.size() - first));
    bytes.clear();
    ends.clear();
    snapshot.decode(slice, bytes, ends);
    for (std::size_t i = 0; i < slice.size(); ++i) {
      const std::size_t begin = i == 0 ? 0 : ends[i - 1];
      take(slice[i], folder.fold(lexical_of(std::string_view(bytes).substr(begin, ends[i] - begin))));
      if (i % 256 == 0) tick(first + i, literals.size());
    }
  }
}

void make_label_blocks(const Snapshot& snapshot, const LabelSettings& settings,
                       const std::function<void(const std::string&)>& take, const LabelTick& tick) {
  const std::vector<Id> literals = label_literals(snapshot, settings.predicates, tick);
  LabelBlockBuilder builder;
  TextFolder folder;
  fold_labels(
      snapshot, literals, folder,
      [&](Id id, const FoldedText& folded) {
        builder.add(id, folded.text, folded.consonantal);
        if (!builder.full()) return;
        take(builder.bytes());
        builder.clear();
      },
      tick);
  if (!builder.bytes().empty()) take(builder.bytes());
}

void check_labels(const Snapshot& snapshot, Findings& findings, const std::function<void()>& tick) {
  TextFolder folder;
  std::optional<LabelSettings> settings;
  std::vector<Id> ids;
  std::vector<std::pair<std::string, bool>> texts;
  snapshot.each_label_record([&](std::string_view key, std::string_view value) {
    if (key == kLabelSettingsKey) {
      settings = LabelSettings::read(value);
      if (!settings) findings.add("labels: a damaged record of settings");
      return true;
    }
    // Left by a making of the index that was broken off.
    if (!settings) return false;
    ids.clear();
    texts.clear();
    try {
      each_label_entry(value, [&](Id id, std::string_view text, bool consonantal) {
        if (!is_literal_id(id)) return findings.add("labels: an entry that is of no literal", findings.show(id));
        ids.push_back(id);
        texts.emplace_back(text, consonantal);
      });
    } catch (const CorruptionError& error) {
      findings.add("labels: a block cannot be read", error.what());
      return true;
    }
    // What another version folded is not asked for, and made anew with the index.
    if (settings->rules != fold_rules()) return true;
    std::string bytes;
    std::vector<std::size_t> ends;
    snapshot.decode(ids, bytes, ends);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::size_t begin = i == 0 ? 0 : ends[i - 1];
      const auto term = std::string_view(bytes).substr(begin, ends[i] - begin);
      if (term.empty()) continue;  // dropped: no quad has it
      const FoldedText& folded = folder.fold(lexical_of(term));
      if (folded.text != texts[i].first || folded.consonantal != texts[i].second)
        findings.add("labels: an entry is not what its literal folds to", findings.show(ids[i]));
    }
    tick();
    return true;
  });
}

LabelIndexSize label_index_size(const Snapshot& snapshot) {
  LabelIndexSize size;
  const auto settings = label_settings(snapshot);
  if (!settings) return size;
  const std::vector<Id> literals = label_literals(snapshot, settings->predicates, no_label_tick);
  LiteralPlaces places(literals);
  snapshot.each_label_record([&](std::string_view key, std::string_view value) {
    size.bytes += key.size() + value.size();
    if (key != kLabelSettingsKey)
      each_label_entry(value, [&](Id id, std::string_view, bool) { size.entries += places.take(id); });
    return true;
  });
  size.missing = literals.size() - size.entries;
  return size;
}

// ---- writing

bool LabelIndex::kept() {
  if (!read_) {
    settings_ = label_settings(*database_.snapshot());
    read_ = true;
  }
  return settings_ && settings_->rules == fold_rules();
}

bool LabelIndex::is_label_iri(std::string_view bytes) const {
  return !bytes.empty() && bytes[0] == kIriByte &&
         std::find(settings_->predicates.begin(), settings_->predicates.end(), bytes.substr(1)) !=
             settings_->predicates.end();
}

std::string LabelIndex::next_key() {
  if (!next_number_) {
    const auto cursor = database_.kv().cursor(nullptr, Family::meta, std::string(1, kLabelPrefix));
    cursor->seek_for_prev(label_key(~std::uint64_t{0}));
    next_number_ = cursor->valid() && cursor->key().size() == 9 && cursor->key()[0] == kLabelPrefix
                       ? load_big_endian(cursor->key().data() + 1) + 1
                       : 0;
  }
  return label_key((*next_number_)++);
}

void LabelIndex::add(KeyValueBatch& batch, std::span<const std::pair<Id, std::string>> names) {
  LabelBlockBuilder builder;
  const auto flush = [&] {
    if (!builder.bytes().empty()) batch.put(Family::meta, next_key(), builder.bytes());
    builder.clear();
  };
  for (const auto& [id, bytes] : names) {
    const FoldedText& folded = folder_.fold(lexical_of(bytes));
    builder.add(id, folded.text, folded.consonantal);
    if (builder.full()) flush();
  }
  flush();
}

void LabelIndex::make(const WriterPlace& place, std::vector<std::string> predicates, const LabelTick& tick) {
  if (!kept()) {
    // Texts that other rules folded, or what a making that was broken off has left.
    const auto batch = database_.kv().batch();
    database_.snapshot()->each_label_record([&](std::string_view key, std::string_view) {
      batch->erase(Family::meta, key);
      return true;
    });
    if (batch->bytes() > 0) database_.write(place, *batch, database_.totals(), {});
  }
  known_.clear();
  settings_ = LabelSettings{fold_rules(), std::move(predicates)};
  try {
    complete(place, true, tick);
    // The settings come last: an index that has them is whole.
    const auto batch = database_.kv().batch();
    batch->put(Family::meta, kLabelSettingsKey, settings_->record());
    batch->put(Family::meta, kFormatKey, format_record());
    database_.write(place, *batch, database_.totals(), {});
  } catch (...) {
    read_ = false;
    throw;
  }
}

void LabelIndex::complete(const WriterPlace& place, bool anew, const LabelTick& tick) {
  if (!kept()) return;
  const auto snapshot = database_.snapshot();
  const std::vector<Id> literals = label_literals(*snapshot, settings_->predicates, tick);
  LiteralPlaces places(literals);
  const auto batch = database_.kv().batch();
  LabelBlockBuilder builder;
  const auto write = [&] {
    database_.write(place, *batch, database_.totals(), {});
    batch->clear();
  };
  const auto flush = [&] {
    if (!builder.bytes().empty()) batch->put(Family::meta, next_key(), builder.bytes());
    builder.clear();
    if (batch->bytes() > kBatchBytes) write();
  };
  const auto add = [&](Id id, std::string_view text, bool consonantal) {
    builder.add(id, text, consonantal);
    if (builder.full()) flush();
  };
  snapshot->each_label_record([&](std::string_view key, std::string_view value) {
    if (key == kLabelSettingsKey) return true;
    each_label_entry(value, [&](Id id, std::string_view text, bool consonantal) {
      if (places.take(id) && anew) add(id, text, consonantal);
    });
    if (anew) batch->erase(Family::meta, key);
    return true;
  });
  fold_labels(
      *snapshot, places.missing(), folder_,
      [&](Id id, const FoldedText& folded) { add(id, folded.text, folded.consonantal); }, tick);
  flush();
  if (batch->bytes() > 0) write();
}

}  // namespace dossier
