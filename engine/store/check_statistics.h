// The part of the cross-check that compares the records of the family `meta` with a recount.
//
// Purpose: counts by graph and predicate, and the log of commits. It is fed with the rows of psog and gspo in
// their order and needs the memory of one graph's predicates. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "engine/store/findings.h"
#include "engine/store/version.h"

namespace dossier {

// Goes through the records of one prefix as the keys that there should be are named in their order.
class RecordWalk {
 public:
  RecordWalk(const Version& version, char prefix, Findings& findings);
  // The value of the record, valid until the next call; empty when there is none, which is a finding.
  std::string_view expect(const std::string& key);
  void end();  // no more records should be there

 private:
  bool valid() const { return cursor_->valid() && cursor_->key()[0] == prefix_; }
  void pass(const std::string* key);
  char prefix_;
  Findings& findings_;
  std::unique_ptr<KeyValueCursor> cursor_;
  bool taken_ = false;  // the record under the cursor was expected
};

class PredicateCounts {
 public:
  PredicateCounts(const Version& version, Findings& findings);
  void add(const Values& psog);
  void end();

 private:
  void close();
  Findings& findings_;
  RecordWalk records_;
  std::uint64_t predicate_ = 0;
  std::uint64_t triples_ = 0;
  std::uint64_t named_ = 0;
};

class GraphCounts {
 public:
  GraphCounts(const Version& version, Findings& findings);
  void add(const Values& gspo);
  void end();

 private:
  void close();
  Findings& findings_;
  RecordWalk graphs_;
  RecordWalk predicates_;
  std::uint64_t graph_ = 0;
  std::uint64_t quads_ = 0;
  std::map<std::uint64_t, std::uint64_t> by_predicate_;
};

// Format, seed, the log of commits, and that there is nothing else.
void check_records(const Version& version, Findings& findings);

}  // namespace dossier
