// What a check of a store finds, in sentences, and how far the check is.
//
// Purpose: shared by the parts of the cross-check (store/check.h). Relations are named as in store/format.h;
// quads and terms are shown as N-Triples where the dictionary still has them. At most kMostFindings are kept,
// at most kMostAlike of one kind, so that one fault that shows in a million rows does not hide another.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/dossier.h"
#include "engine/store/pending.h"
#include "engine/store/store_snapshot.h"

namespace dossier {

class Findings {
 public:
  Findings(const std::shared_ptr<const Version>& version, std::uint64_t seed) : snapshot_(version, seed) {}

  // `kind`: where and what, as "posg: a missing row"; the sentence begins with it.
  void add(const std::string& kind, const std::string& detail = {});
  bool empty() const { return all_.empty(); }
  std::vector<std::string> take();

  // "the term 12 <http://example.org/a>", or its number alone when it cannot be read.
  std::string show(Id id) const;
  // A row of (s, p, o, g) as N-Quads, of (s, p, o, i) as a triple term.
  std::string show_quad(const Values& row) const;
  std::string show_triple(const Values& row) const;

 private:
  static constexpr std::size_t kMostFindings = 200;
  static constexpr std::uint64_t kMostAlike = 5;
  StoreSnapshot snapshot_;
  std::vector<std::string> all_;
  std::map<std::string, std::uint64_t> kinds_;  // how often each
};

// Runs a part of the check; damage that keeps it from going on is a finding.
template <typename F>
bool guarded(Findings& findings, const std::string& what, F&& part) {
  try {
    part();
    return true;
  } catch (const LimitError&) {
    throw;
  } catch (const StorageError& error) {
    findings.add(what + " cannot be read", error.what());
  } catch (const CorruptionError& error) {
    findings.add(what + " cannot be read", error.what());
  }
  return false;
}

// How much of the work is done, told to the caller now and then.
class CheckProgress {
 public:
  CheckProgress(const ProgressCallback& callback, std::uint64_t total) : callback_(callback), total_(total) {}
  void add(std::uint64_t work) {
    done_ += work;
    if (done_ < told_ + kStep) return;
    told_ = done_;
    if (callback_ && !callback_({Stage::checking, done_ < total_ ? done_ : total_, total_, 0}))
      throw LimitError(LimitError::Reason::cancelled, "the check was cancelled");
  }

 private:
  static constexpr std::uint64_t kStep = 65'536;
  const ProgressCallback& callback_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t told_ = 0;
};

std::string name_of(Relation relation);
// The row as it stands in a relation of this width.
std::string show_row(const Values& row, std::size_t width);

}  // namespace dossier
