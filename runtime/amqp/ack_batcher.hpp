#pragma once
#include <cstdint>
#include <set>
#include <vector>

namespace esteira::runtime::amqp {

/// Turns delivery tags, acknowledged in any order, into few basic.ack frames: one with `multiple` for all tags below
/// the lowest unacknowledged one, and a single one for each tag above it. One object for each channel. Not thread-safe.
class AckBatcher {
 public:
  struct Frame {
    std::uint64_t tag = 0;
    bool multiple = false;
    friend bool operator==(const Frame&, const Frame&) = default;
  };

  /// Records that the broker delivered this tag. Tags count up from 1.
  void delivered(std::uint64_t tag) { highest_ = tag; }

  /// Returns the frames that acknowledge these tags. A tag that was never delivered, or was acknowledged before, is
  /// left out: the broker would close the channel for it.
  std::vector<Frame> frames(std::vector<std::uint64_t> tags);

 private:
  std::uint64_t floor_ = 0;  ///< all tags up to and including this one are acknowledged
  std::uint64_t highest_ = 0;
  std::set<std::uint64_t> beyond_;  ///< acknowledged tags above the floor
};

}  // namespace esteira::runtime::amqp
