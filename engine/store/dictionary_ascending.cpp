// Dictionary::decode_ascending: the terms of a large piece of a result.
#include <algorithm>
#include <exception>
#include <iterator>
#include <system_error>
#include <thread>

#include "engine/store/dictionary.h"

namespace dossier {
namespace {

// So many ids are worth a thread: some milliseconds.
constexpr std::size_t kIdsPerThread = 8192;
// Where an id stands in one of so many blocks, a cursor that goes through all of them is faster than
// look-ups.
constexpr std::uint64_t kSparse = 4;
constexpr std::size_t kUsualBlock = 8192;  // more than a block takes, decoded
constexpr std::size_t kUsualTerm = 80;

// The stored blocks of ascending counters.
class BlockWalk {
 public:
  BlockWalk(const Version& version, bool dense) : version_(version) {
    if (dense) cursor_ = version.kv().cursor(version.state(), Family::terms, {}, {}, true);
  }
  // Goes to the block of the counter; throws CorruptionError when there is none.
  void seek(std::uint64_t counter) {
    // The next block or the one after it: a step costs a third of a search.
    for (int step = 0; step < 2 && terms_ > 0 && !holds(counter); ++step) {
      cursor_->next();
      take();
    }
    if (holds(counter)) return;
    if (cursor_ != nullptr) {
      cursor_->seek_for_prev(terms_key(counter));
      take();
      if (holds(counter)) return;
    }
    // Says what is missing.
    stored_.read(version_, counter);
    first_ = stored_.first();
    bytes_ = stored_.bytes();
    terms_ = 0;  // the cursor is elsewhere
  }
  std::uint64_t first() const { return first_; }
  std::string_view bytes() const { return bytes_; }

 private:
  bool holds(std::uint64_t counter) const { return counter >= first_ && counter - first_ < terms_; }
  void take() {
    terms_ = 0;
    if (!cursor_->valid() || cursor_->key().size() != 8) return;
    first_ = load_big_endian(cursor_->key().data());
    bytes_ = cursor_->value();
    terms_ = terms_of_block(bytes_);
  }

  const Version& version_;
  std::unique_ptr<KeyValueCursor> cursor_;  // null: single look-ups
  StoredTermBlock stored_;
  std::uint64_t first_ = 0;
  std::string_view bytes_;
  std::size_t terms_ = 0;  // of the block that the cursor is at; 0: it is at none
};

}  // namespace

bool Dictionary::decode_part(const Version& version, std::span<const Id> ids, std::uint64_t end,
                             const Other& other, std::size_t most, std::string& bytes,
                             std::vector<std::size_t>& ends) {
  if (ids.empty()) return true;
  const std::size_t before = bytes.size();
  // Pages that are not used cost nothing, and growing by doubling copies everything twice.
  bytes.reserve(before + std::min(most, ids.size() * kUsualTerm));
  ends.reserve(ends.size() + ids.size());
  const std::uint64_t blocks = (ids.back().payload() - ids.front().payload()) / kTermsPerBlock;
  BlockWalk walk(version, ids.size() >= blocks / kSparse);
  const auto is_ours = [end](Id id) {
    return (id.tag() == Tag::iri || id.tag() == Tag::literal) && id.payload() < end;
  };
  std::size_t at = 0;
  // Appends the ids that are among the `terms` from counter `first` on.
  const auto take_block = [&](std::uint64_t first, std::size_t terms, auto&& term) {
    for (; at < ids.size() && ids[at].payload() - first < terms; ++at) {
      if (is_ours(ids[at]))
        bytes.append(term(ids[at].payload() - first));
      else
        other(ids[at], bytes);
      ends.push_back(bytes.size());
    }
  };
  while (at < ids.size()) {
    if (bytes.size() - before > most) return false;
    const std::uint64_t counter = ids[at].payload();
    if (!is_ours(ids[at])) {
      other(ids[at++], bytes);
      ends.push_back(bytes.size());
      continue;
    }
    bool room = false;
    {
      const std::shared_lock lock(mutex_);
      if (const Place place = find(counter); place.block != nullptr) {
        take_block(counter - place.index, place.block->terms(),
                   [&](std::size_t i) { return place.block->term(i); });
        continue;
      }
      room = held_ + kUsualBlock <= limit_;
    }
    walk.seek(counter);
    const Codebook* const codebook = codebooks_.of(version.kv(), walk.bytes());
    if (room) {
      const TermBlock block(walk.bytes(), codebook);
      take_block(walk.first(), block.terms(), [&](std::size_t i) { return block.term(i); });
      const std::lock_guard lock(mutex_);
      keep(walk.first(), block);
    } else {
      TermBlockCursor block(walk.bytes(), codebook);
      take_block(walk.first(), block.terms(), [&](std::size_t i) { return block.term(i); });
    }
  }
  return bytes.size() - before <= most;
}

bool Dictionary::decode_ascending(const Version& version, std::span<const Id> ids, std::uint64_t end,
                                  const Other& other, unsigned threads, std::size_t most, std::string& bytes,
                                  std::vector<std::size_t>& ends) {
  struct Part {
    std::span<const Id> ids;
    std::string bytes;
    std::vector<std::size_t> ends;
    bool complete = false;
    std::exception_ptr error;
    std::thread thread;
  };
  const std::size_t count = std::clamp<std::size_t>(ids.size() / kIdsPerThread, 1, std::max(1U, threads));
  std::vector<Part> parts(count);
  const auto work = [&](Part& part, std::string& out, std::vector<std::size_t>& out_ends) {
    try {
      part.complete = decode_part(version, part.ids, end, other, most, out, out_ends);
    } catch (...) {
      part.error = std::current_exception();
    }
  };
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = ids.size() * i / count;
    parts[i].ids = ids.subspan(from, ids.size() * (i + 1) / count - from);
  }
  for (Part& part : std::span(parts).subspan(1)) {
    try {
      part.thread = std::thread([&work, &part] { work(part, part.bytes, part.ends); });
    } catch (const std::system_error&) {
      work(part, part.bytes, part.ends);  // there is no other thread
    }
  }
  const std::size_t before = bytes.size();
  work(parts[0], bytes, ends);
  for (Part& part : parts)
    if (part.thread.joinable()) part.thread.join();
  for (const Part& part : parts) {
    if (part.error) std::rethrow_exception(part.error);
    if (!part.complete) return false;
  }
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t begin = bytes.size();
    bytes += parts[i].bytes;
    std::transform(parts[i].ends.begin(), parts[i].ends.end(), std::back_inserter(ends),
                   [begin](std::size_t at) { return begin + at; });
  }
  return bytes.size() - before <= most;
}

}  // namespace dossier
