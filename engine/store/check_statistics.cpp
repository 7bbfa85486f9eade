#include "engine/store/check_statistics.h"

#include <optional>

namespace dossier {
namespace {

std::string numbers(std::uint64_t counted, std::uint64_t stated) {
  return std::to_string(counted) + ", the record says " + std::to_string(stated);
}

// What a record of the key counts.
std::string describe(const Findings& findings, std::string_view key) {
  const auto id = [&](std::size_t at) {
    return key.size() >= at + 8 ? findings.show(Id{load_big_endian(key.data() + at)})
                                : std::string("a damaged key");
  };
  if (key[0] == kGraphPredicatePrefix) return "the predicate " + id(9) + " in the graph " + id(1);
  return (key[0] == kGraphPrefix ? "the graph " : "the predicate ") + id(1);
}

}  // namespace

RecordWalk::RecordWalk(const Version& version, char prefix, Findings& findings)
    : prefix_(prefix), findings_(findings), cursor_(version.kv().cursor(version.state(), Family::meta)) {
  cursor_->seek(std::string(1, prefix));
}

// Passes the records before `key`, or all.
void RecordWalk::pass(const std::string* key) {
  for (; valid() && (key == nullptr || cursor_->key() < *key); cursor_->next(), taken_ = false)
    if (!taken_)
      findings_.add("statistics: a record of what has no quads", describe(findings_, cursor_->key()));
}

std::string_view RecordWalk::expect(const std::string& key) {
  pass(&key);
  if (valid() && cursor_->key() == key) {
    taken_ = true;
    return cursor_->value();
  }
  findings_.add("statistics: a missing record", describe(findings_, key));
  return {};
}

void RecordWalk::end() {
  pass(nullptr);
}

PredicateCounts::PredicateCounts(const Version& version, Findings& findings)
    : findings_(findings), records_(version, kPredicatePrefix, findings) {}

void PredicateCounts::add(const Values& psog) {
  if (psog[0] != predicate_) close();
  predicate_ = psog[0];
  ++triples_;
  named_ += psog[3] != kDefaultGraph.bits;
}

void PredicateCounts::close() {
  if (triples_ > 0) {
    const std::string key = predicate_key(Id{predicate_});
    const std::string_view record = records_.expect(key);
    if (!record.empty() && record.size() != predicate_record({}).size()) {
      findings_.add("statistics: a damaged record", describe(findings_, key));
    } else if (!record.empty()) {
      const PredicateStatistics stated = read_predicate_record(record);
      if (stated.triples != triples_)
        findings_.add("statistics: a wrong number of quads",
                      describe(findings_, key) + " has " + numbers(triples_, stated.triples));
      if (stated.named != named_)
        findings_.add("statistics: a wrong number of quads in named graphs",
                      describe(findings_, key) + " has " + numbers(named_, stated.named));
    }
  }
  triples_ = named_ = 0;
}

void PredicateCounts::end() {
  close();
  records_.end();
}

GraphCounts::GraphCounts(const Version& version, Findings& findings)
    : findings_(findings),
      graphs_(version, kGraphPrefix, findings),
      predicates_(version, kGraphPredicatePrefix, findings) {}

void GraphCounts::add(const Values& gspo) {
  if (gspo[0] != graph_) close();
  graph_ = gspo[0];
  ++quads_;
  ++by_predicate_[gspo[2]];
}

void GraphCounts::close() {
  const auto compare = [&](RecordWalk& records, const std::string& key, std::uint64_t counted) {
    const std::string_view record = records.expect(key);
    if (record.empty()) return;
    if (record.size() != 8) {
      findings_.add("statistics: a damaged record", describe(findings_, key));
    } else if (const std::uint64_t stated = load_little_endian(record.data()); stated != counted) {
      findings_.add("statistics: a wrong number of quads",
                    describe(findings_, key) + " has " + numbers(counted, stated));
    }
  };
  if (quads_ > 0) compare(graphs_, graph_key(Id{graph_}), quads_);
  for (const auto& [predicate, count] : by_predicate_)
    compare(predicates_, graph_predicate_key(Id{graph_}, Id{predicate}), count);
  quads_ = 0;
  by_predicate_.clear();
}

void GraphCounts::end() {
  close();
  graphs_.end();
  predicates_.end();
}

namespace {

// A codebook stands twice.
void check_codebook(const Version& version, std::string_view key, std::string_view bytes,
                    Findings& findings) {
  if (key.size() != 9) return findings.add("codebooks: a record with a damaged key");
  const std::uint64_t number = load_big_endian(key.data() + 1);
  std::string copy;
  if (!version.kv().get(version.state(), Family::terms, codebook_key(number), copy))
    findings.add("codebooks: one of the two copies is missing", "number " + std::to_string(number));
  else if (copy != bytes)
    findings.add("codebooks: the two copies differ", "number " + std::to_string(number));
}

}  // namespace

void check_records(const Version& version, Findings& findings) {
  std::optional<std::uint64_t> last;
  const auto cursor = version.kv().cursor(version.state(), Family::meta);
  for (cursor->seek({}); cursor->valid(); cursor->next()) {
    const std::string_view key = cursor->key();
    if (key == kFormatKey || key == kSeedKey) continue;  // looked at by opening the store
    switch (key.empty() ? '\0' : key[0]) {
      case kGraphPredicatePrefix:
      case kPredicatePrefix:
      case kGraphPrefix:
        if (key.size() != (key[0] == kGraphPredicatePrefix ? 17 : 9))
          findings.add("statistics: a record with a damaged key");
        break;
      case kNamespacePrefix:
      case kLabelPrefix:  // looked at by check_labels
        break;
      case kCodebookPrefix:
        check_codebook(version, key, cursor->value(), findings);
        break;
      case kCommitPrefix: {
        Totals totals;
        if (!Totals::read(cursor->value(), totals) || key != commit_key(totals.sequence)) {
          findings.add("commits: a damaged record",
                       "after that of commit " + (last ? std::to_string(*last) : "none"));
          break;
        }
        if (last && totals.sequence != *last + 1)
          findings.add("commits: missing records", "between those of commit " + std::to_string(*last) +
                                                       " and " + std::to_string(totals.sequence));
        last = totals.sequence;
        break;
      }
      default:
        findings.add("meta: a record of no known kind");
    }
  }
  if (last != version.totals().sequence)
    findings.add("commits: the log does not end with the present one, " +
                 std::to_string(version.totals().sequence));
}

}  // namespace dossier
