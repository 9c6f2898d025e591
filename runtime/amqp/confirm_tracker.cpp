#include "runtime/amqp/confirm_tracker.hpp"

#include <utility>

namespace esteira::runtime::amqp {

std::uint64_t ConfirmTracker::track(Publication publication) {
  open_.push_back({std::move(publication)});
  ++size_;
  return first_ + open_.size() - 1;
}

const Publication* ConfirmTracker::mark_returned(std::uint64_t tag) {
  if (tag < first_ || tag - first_ >= open_.size() || open_[tag - first_].resolved) return nullptr;
  auto& entry = open_[tag - first_];
  entry.returned = true;
  return &entry.publication;
}

void ConfirmTracker::resolve(std::uint64_t tag, bool multiple, bool positive, Resolved& into) {
  if (open_.empty() || tag < first_) return;
  const auto last = tag - first_;
  if (last >= open_.size()) return;
  for (std::size_t at = multiple ? 0 : last; at <= last; ++at) resolve_one(open_[at], positive, into);
  while (!open_.empty() && open_.front().resolved) {
    open_.pop_front();
    ++first_;
  }
}

void ConfirmTracker::resolve_one(Entry& entry, bool positive, Resolved& into) {
  if (entry.resolved) return;
  entry.resolved = true;
  --size_;
  if (!positive) {
    into.nacked.push_back(std::move(entry.publication));
  } else if (entry.returned) {
    into.returned.push_back(std::move(entry.publication));
  } else {
    into.confirmed.push_back(entry.publication.token);
    entry.publication = {};
  }
}

std::vector<Publication> ConfirmTracker::reset() {
  std::vector<Publication> left;
  for (auto& entry : std::exchange(open_, {})) {
    if (!entry.resolved) left.push_back(std::move(entry.publication));
  }
  first_ = 1;
  size_ = 0;
  return left;
}

}  // namespace esteira::runtime::amqp
