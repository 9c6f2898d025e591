#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// Keeps the unconfirmed publications of one channel, by publish tag. The broker confirms them in any order, one by one
/// or all up to a tag. Not thread-safe.
class ConfirmTracker {
 public:
  /// Publications that are no longer unconfirmed, by result.
  struct Resolved {
    std::vector<std::uint64_t> confirmed;  ///< tokens of those that the broker accepted
    std::vector<Publication> returned;     ///< no queue took them
    std::vector<Publication> nacked;       ///< a queue refused them
  };

  /// Adds a publication and returns its publish tag, under which the broker will confirm it. Tags count up from 1.
  std::uint64_t track(Publication publication);
  /// The publication of a tag that `track` returned and that is unconfirmed.
  [[nodiscard]] const Publication& at(std::uint64_t tag) const { return open_[tag - first_].publication; }

  /// Handles basic.return, which the broker sends before the ack of the same publication. Null when the tag is not
  /// unconfirmed.
  const Publication* mark_returned(std::uint64_t tag);
  /// Handles basic.ack and basic.nack: adds the publications of the tag, or of all tags up to it, to `into`.
  void resolve(std::uint64_t tag, bool multiple, bool positive, Resolved& into);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Removes and returns all unconfirmed publications, in publish order. The next tag is 1 again.
  std::vector<Publication> reset();

 private:
  struct Entry {
    Publication publication;
    bool returned = false;
    bool resolved = false;
  };
  void resolve_one(Entry& entry, bool positive, Resolved& into);

  std::deque<Entry> open_;   ///< a resolved entry stays until all before it are resolved
  std::uint64_t first_ = 1;  ///< the tag of open_.front()
  std::size_t size_ = 0;
};

}  // namespace esteira::runtime::amqp
