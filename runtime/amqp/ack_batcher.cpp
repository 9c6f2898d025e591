#include "runtime/amqp/ack_batcher.hpp"

#include <algorithm>

namespace esteira::runtime::amqp {

std::vector<AckBatcher::Frame> AckBatcher::frames(std::vector<std::uint64_t> tags) {
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  std::erase_if(tags, [this](auto tag) { return tag <= floor_ || tag > highest_ || beyond_.contains(tag); });

  std::vector<Frame> frames;
  auto next = tags.begin();
  // The broker rejects a tag that was acknowledged before. So the multiple frame names the last tag of this call, not
  // the new floor.
  for (; true; ++floor_) {
    if (next != tags.end() && *next == floor_ + 1) {
      if (frames.empty()) frames.push_back({*next, false});
      frames.front() = {*next, next != tags.begin()};
      ++next;
    } else if (!beyond_.empty() && *beyond_.begin() == floor_ + 1) {
      beyond_.erase(beyond_.begin());
    } else {
      break;
    }
  }
  for (; next != tags.end(); ++next) {
    frames.push_back({*next, false});
    beyond_.insert(*next);
  }
  return frames;
}

}  // namespace esteira::runtime::amqp
