// What the first Tab would wait for, made ready while a person looks at the first prompt.
//
// Purpose: a search for a name reads the index of names and, for letters that are not ASCII, ICU's rules,
// which together take some 0.2 s the first time. A thread with a session of its own makes one such search. It
// is cancelled when the shell ends. Thread-safety: main thread; the store outlives it.
#pragma once

#include <optional>
#include <thread>

#include "engine/dossier.h"

namespace dossier::shell {

class WarmUp {
 public:
  explicit WarmUp(Store& store) : store_(store) {}
  ~WarmUp();
  WarmUp(const WarmUp&) = delete;
  WarmUp& operator=(const WarmUp&) = delete;

  void start();  // once

 private:
  Store& store_;
  std::optional<Session> session_;
  std::thread thread_;
};

}  // namespace dossier::shell
