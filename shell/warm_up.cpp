#include "shell/warm_up.h"

namespace dossier::shell {

WarmUp::~WarmUp() {
  if (!thread_.joinable()) return;
  session_->cancel();
  thread_.join();
}

void WarmUp::start() {
  if (thread_.joinable()) return;
  session_.emplace(store_.session());
  thread_ = std::thread([this] {
    LabelOptions options;
    options.limit = 1;
    options.weakest = LabelMatch::prefix;
    // Without an index names are folded when they are searched for, which is not to be done for nothing.
    if (!store_.has_label_index()) options.patience = std::chrono::milliseconds(1);
    try {
      // A letter of each script whose rules ICU takes long to read: Han, Hangul, Cyrillic, Greek, Arabic,
      // accents.
      session_->find_labels("\u9648 \uae40 \u0441 \u03b1 \u0627 \u00e9", options);
    } catch (const Error&) {
      // Cancelled; or what stands in the way will be told to the search that somebody asks for.
    }
  });
}

}  // namespace dossier::shell
