#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/confirm_tracker.hpp"
#include "runtime/amqp/link.hpp"
#include "runtime/amqp/publish_backlog.hpp"
#include "runtime/amqp/publisher.hpp"

namespace esteira::runtime::amqp {

/// What the publisher's thread does: takes publications, keeps up to `max_unconfirmed` of them with the broker, and
/// lets go of each only when it is confirmed and routed.
class PublishLoop {
 public:
  using TakeIncoming = std::function<std::vector<Publication>()>;

  PublishLoop(Publisher::Options options, TakeIncoming take_incoming, Publisher::OnConfirmed on_confirmed,
              Metrics& metrics);
  Link& link() { return link_; }

 private:
  void serve(Connection& connection);
  void talk(Connection& connection, Channel& channel);
  void set_up(Channel& channel);
  void publish_some(const Connection& connection, Channel& channel);
  bool read_events(Channel& channel);
  void handle(const Event& event);
  void handle_return(std::uint64_t tag);
  void handle_blocked(const Blocked& blocked);
  void report();
  void give_up_connection();

  [[nodiscard]] bool may_publish() const { return !blocked_ && tracker_.size() < options_.max_unconfirmed; }

  const Publisher::Options options_;
  const TakeIncoming take_incoming_;
  const Publisher::OnConfirmed on_confirmed_;
  prometheus::Counter& confirmed_total_;
  prometheus::Counter& returned_total_;
  prometheus::Counter& nacked_total_;
  prometheus::Counter& lost_total_;

  PublishBacklog backlog_;
  ConfirmTracker tracker_;
  ConfirmTracker::Settled settled_;
  bool blocked_ = false;
  /// Where nothing listens, and when that was last logged. Keys are routing keys, of which there are few.
  std::map<std::string, std::chrono::steady_clock::time_point> unroutable_;
  Link link_;  // last: its thread uses the rest
};

}  // namespace esteira::runtime::amqp
