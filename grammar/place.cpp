#include "grammar/place.h"

#include <algorithm>

#include "grammar/characters.h"
#include "grammar/rules.h"

namespace dossier::grammar {

bool Place::expects(std::string_view what) const {
  return std::find(expected.begin(), expected.end(), what) != expected.end();
}

// The first token that is looked for at the end knows the subject best: behind `;` the grammar goes on to the
// end of the triples.
void Builder::note_end() {
  aggregates_at_end_ = aggregates_allowed_;
  if (!subjects_.empty()) subject_at_end_ = subjects_.back().subject;
}

std::optional<Place> Builder::place() const {
  if (furthest_ != end_) return std::nullopt;
  Place place;
  for (const char* const what : expected_)
    if (aggregates_at_end_ || std::string_view(what) != "an aggregate") place.expected.emplace_back(what);
  for (const GroupFrame& open : groups_) {
    for (const PatternElement& element : open.pattern.elements)
      if (const auto* const block = std::get_if<TriplesBlock>(&element))
        place.triples.insert(place.triples.end(), block->triples.begin(), block->triples.end());
  }
  for (const QuadBlock& block : quads_)
    place.triples.insert(place.triples.end(), block.triples.begin(), block.triples.end());
  place.subject = subject_at_end_;
  if (place.subject && !subjects_.empty() && place.expects("a string")) place.verb = subjects_.back().verb;
  return place;
}

std::optional<Place> place_at_end(std::string_view text, bool of_update, const ParseOptions& options) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return std::nullopt;
    at += length;
  }
  ParseOptions any_prefix = options;
  any_prefix.unknown_prefixes = true;
  Builder builder(text, any_prefix);
  const Context context = x3::make_context<builder_tag>(builder);
  Iterator first = text.data();
  Iterator const last = text.data() + text.size();
  try {
    if (of_update) {
      update.parse(first, last, context, x3::unused, x3::unused);
    } else {
      query.parse(first, last, context, x3::unused, x3::unused);
    }
  } catch (const x3::expectation_failure<Iterator>&) {  // the usual end of a beginning
  } catch (const SyntaxError&) {
    return std::nullopt;
  }
  return builder.place();
}

}  // namespace dossier::grammar
