// Writes the blocks of the dictionary, and the codebooks they are packed with.
//
// Purpose: what a load, a fold and a repair have in common. Terms come in the order of their counters; full
// blocks go into run files for the ingest. Before many terms the writer is shown some of them, and makes a
// codebook when that pays. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/store/codebook.h"
#include "engine/store/relation_writer.h"
#include "engine/store/term_block.h"

namespace dossier {

class TermsWriter {
 public:
  // The first term has the counter `first`. `now`: the codebook to begin with, which the store has; may be
  // null.
  TermsWriter(const RunFiles& files, std::shared_ptr<const Codebook> now, std::uint64_t first);
  // Terms like these follow.
  void consider(const TermSample& sample);
  // What follows is packed with this codebook, which the store lacks.
  void adopt(std::shared_ptr<const Codebook> codebook);

  void add(std::string_view bytes);
  // An old key inside of the block that the next term goes to: it is erased.
  void erase(std::string key) { gone_.push_back(std::move(key)); }
  bool in_block() const { return builder_.terms() > 0; }
  std::uint64_t next() const { return first_ + builder_.terms(); }
  // Where the last block begins when it is not full; else where the next one would. After `finish`.
  std::uint64_t full_until() const { return full_until_; }
  // The files of `terms`; `records` gets what belongs into meta.
  std::pair<Family, std::vector<std::string>> finish(std::map<std::string, std::string>& records);

 private:
  void flush();

  const RunFiles& files_;
  FamilyWriter writer_;
  std::unique_ptr<Packer> packer_;
  std::shared_ptr<const Codebook> now_;
  std::vector<std::shared_ptr<const Codebook>> made_;
  TermBlockBuilder builder_;
  std::vector<std::string> gone_;
  std::uint64_t first_;  // counter of the first term of the block that is being built
  std::uint64_t full_until_;
};

}  // namespace dossier
