#pragma once
#include <cstdint>
#include <set>
#include <vector>

namespace esteira::runtime::amqp {

/// Turns tags to acknowledge, in any order, into the fewest ack frames: one `multiple` frame for all tags up to the
/// first one still open, single frames for those beyond. One object a channel. Not thread-safe.
class AckBatcher {
 public:
  struct Frame {
    std::uint64_t tag = 0;
    bool multiple = false;
    friend bool operator==(const Frame&, const Frame&) = default;
  };

  /// The broker delivered this tag; tags count up from 1.
  void delivered(std::uint64_t tag) { highest_ = tag; }

  /// The frames that acknowledge these tags. A tag never delivered, or acknowledged before, is left out: to the broker
  /// it would be an error that closes the channel.
  std::vector<Frame> frames(std::vector<std::uint64_t> tags);

 private:
  std::uint64_t floor_ = 0;  ///< all tags up to here are acknowledged
  std::uint64_t highest_ = 0;
  std::set<std::uint64_t> beyond_;  ///< acknowledged tags above the floor
};

}  // namespace esteira::runtime::amqp
