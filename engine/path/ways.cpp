#include "engine/path/ways.h"

namespace dossier {

void Ways::begin(Id start) {
  places_.assign(1, {start, kNone});
  arrivals_.clear();
  ends_.clear();
  end_ = 0;
  trail_.clear();
}

std::size_t Ways::add_place(Id node) {
  places_.push_back({node, kNone});
  return places_.size() - 1;
}

void Ways::add_arrival(std::size_t place, const PathEdge& edge, std::size_t from) {
  arrivals_.push_back({edge, from, places_[place].arrival});
  places_[place].arrival = arrivals_.size() - 1;
  if ((arrivals_.size() & 0xFFF) == 0)
    memory_.resize(places_.capacity() * sizeof(Place) + arrivals_.capacity() * sizeof(Arrival));
}

bool Ways::next(FoundPath& path) {
  while (trail_.empty() || !walk_back(path)) {
    if (end_ == ends_.size()) {
      ends_.clear();
      end_ = 0;
      return false;
    }
    const std::size_t place = ends_[end_++];
    if (place == 0) {
      way_.clear();
      write(path, 0);
      return true;
    }
    trail_.assign(1, {place, places_[place].arrival});
  }
  return true;
}

// Goes on from the last walk: back to the start by the next way.
bool Ways::walk_back(FoundPath& path) {
  while (!trail_.empty()) {
    if ((++looks_ & 0xFFF) == 0) context_.check();
    Stand& stand = trail_.back();
    if (stand.arrival == kNone) {
      trail_.pop_back();
      continue;
    }
    const Arrival& arrival = arrivals_[stand.arrival];
    way_.resize(trail_.size() - 1);
    way_.push_back(arrival.edge);
    stand.arrival = arrival.next;
    if (arrival.from == 0) {
      write(path, trail_[0].place);
      return true;
    }
    trail_.push_back({arrival.from, places_[arrival.from].arrival});
  }
  return false;
}

void Ways::write(FoundPath& path, std::size_t end) const {
  path.start = places_[0].node;
  path.end = places_[end].node;
  path.edges.assign(way_.rbegin(), way_.rend());
}

}  // namespace dossier
