#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// The publications of one channel that the broker has not settled yet, by publish tag. The broker settles them in any
/// order, singly or all up to a tag. Not thread-safe.
class ConfirmTracker {
 public:
  /// What became of publications: a returned one was taken by the broker but reached no queue.
  struct Settled {
    std::vector<std::uint64_t> confirmed;  ///< tokens
    std::vector<Publication> returned;
    std::vector<Publication> nacked;
  };

  /// Gives the tag under which the broker will settle it: counted from 1.
  std::uint64_t track(Publication publication);
  /// One that is open.
  [[nodiscard]] const Publication& at(std::uint64_t tag) const { return open_[tag - first_].publication; }

  /// basic.return: it comes before the ack of its publication. Null when the tag is not open.
  const Publication* mark_returned(std::uint64_t tag);
  void settle(std::uint64_t tag, bool multiple, bool positive, Settled& into);

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Gives up what is open, in the order of publishing; the next tag is 1 again.
  std::vector<Publication> reset();

 private:
  struct Entry {
    Publication publication;
    bool returned = false;
    bool settled = false;
  };
  void settle_one(Entry& entry, bool positive, Settled& into);

  std::deque<Entry> open_;   ///< settled ones stay until all before them are settled
  std::uint64_t first_ = 1;  ///< the tag of open_.front()
  std::size_t size_ = 0;
};

}  // namespace esteira::runtime::amqp
