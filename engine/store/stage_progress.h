// How far long work on a store has come, told to the caller.
//
// Purpose: work of several stages says what it does and counts it; the caller's callback is told now and then
// and may cancel it. Invariants: what throws here has written nothing that readers see. Thread-safety: the
// thread that does the work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/dossier.h"

namespace dossier {

class StageProgress {
 public:
  // `cancelled`: the message of the error. `step`: work between two calls. The callback outlives this.
  StageProgress(const ProgressCallback& callback, std::string cancelled, std::uint64_t step = 0)
      : callback_(callback), cancelled_(std::move(cancelled)), step_(step) {}
  void begin(Stage stage, std::uint64_t total) {
    now_ = Progress{};
    now_.stage = stage;
    now_.total = total;
    told_ = 0;
    call();
  }
  // The work of a stage that counts by itself.
  void show(Stage stage, std::uint64_t done, std::uint64_t total) {
    now_.stage = stage;
    now_.done = done;
    now_.total = total;
    call();
  }
  void add(std::uint64_t work) { reach(now_.done + work); }
  void reach(std::uint64_t done) {
    now_.done = now_.total > 0 ? std::min(now_.total, done) : done;
    if (now_.done < told_ + step_) return;
    told_ = now_.done;
    call();
  }
  void end() {
    now_.stage = Stage::done;
    now_.done = now_.total;
    if (callback_) callback_(now_);
  }

 private:
  void call() const {
    if (callback_ && !callback_(now_)) throw LimitError(LimitError::Reason::cancelled, cancelled_);
  }

  const ProgressCallback& callback_;
  std::string cancelled_;
  std::uint64_t step_;
  std::uint64_t told_ = 0;
  Progress now_;
};

}  // namespace dossier
