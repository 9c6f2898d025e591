#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/confirm_tracker.hpp"
#include "runtime/amqp/publish_backlog.hpp"
#include "runtime/amqp/publisher.hpp"
#include "runtime/amqp/recovering_connection.hpp"
#include "runtime/amqp/topology_declarer.hpp"
#include "runtime/amqp/unroutable_publications.hpp"
#include "runtime/lifecycle/backoff.hpp"

namespace esteira::runtime::amqp {

/// The work of the publisher's thread: takes incoming publications, keeps up to `max_unconfirmed` of them unconfirmed
/// at the broker, and keeps each until it is confirmed and, when mandatory, routed. Unroutable ones wait for a probe of
/// their route, or are given up when there is an OnUnroutable. A stop drops the rest.
/// `broker_connection().start()` runs it on a thread of its own; `stop` of that object ends it.
class PublishLoop {
 public:
  using TakeIncoming = std::function<std::vector<Publication>()>;

  PublishLoop(Publisher::Options options, TakeIncoming take_incoming, Publisher::OnConfirmed on_confirmed,
              Metrics& metrics, Publisher::OnUnroutable on_unroutable);
  RecoveringConnection& broker_connection() { return broker_connection_; }

  // Thread-safe.
  [[nodiscard]] std::vector<Route> unroutable() const { return unroutable_.routes(); }
  /// The number of pending publications that wait for a probe of their route, or are one.
  [[nodiscard]] std::size_t unroutable_count() const { return unroutable_.size(); }

 private:
  void serve(Connection& connection);
  void run_channel(Connection& connection, Channel& channel);
  void set_up(Channel& channel);
  void publish_some(const Connection& connection, Channel& channel);
  std::optional<Publication> next_publication();
  bool read_events(Channel& channel);
  void handle(const BrokerEvent& event);
  void handle_return(std::uint64_t tag);
  void handle_blocked(const Blocked& blocked);
  void report_resolved();
  void handle_confirmed(const std::vector<std::uint64_t>& tokens);
  void handle_returned(std::vector<Publication> returned);
  void give_up_surplus();
  void handle_nacks(std::vector<Publication> nacked);
  void report_end_of_nacks();
  void requeue_unconfirmed();

  [[nodiscard]] bool may_publish() const {
    return !blocked_ && !renew_channel_by_ && tracker_.size() < options_.max_unconfirmed;
  }
  [[nodiscard]] bool needs_new_channel() const;

  const Publisher::Options options_;
  const TakeIncoming take_incoming_;
  const Publisher::OnConfirmed on_confirmed_;
  const Publisher::OnUnroutable on_unroutable_;
  prometheus::Counter& confirmed_total_;
  prometheus::Counter& returned_total_;
  prometheus::Counter& nacked_total_;
  prometheus::Counter& unanswered_total_;
  prometheus::Gauge& blocked_gauge_;

  TopologyDeclarer declarer_;
  PublishBacklog backlog_;
  UnroutablePublications unroutable_;
  ConfirmTracker tracker_;
  ConfirmTracker::Resolved resolved_;  ///< what events brought since the last report_resolved
  bool blocked_ = false;
  using Clock = PublishBacklog::Clock;
  /// When the last warning was logged for an exchange and routing key. Grows only with the number of routing keys.
  using LastWarned = std::map<std::string, Clock::time_point>;
  static void warn_rate_limited(LastWarned& last_warned, const Publication& publication, const char* text,
                                const char* remedy);
  LastWarned returned_warned_;  ///< entries are never removed
  LastWarned nacked_warned_;    ///< emptied when the nacks have ended
  Backoff nack_pause_;
  Clock::time_point nacking_since_;  ///< the first nack after a quiet period, or the start of the channel if later
  Clock::time_point last_nack_;
  Clock::time_point retry_nacked_at_;  ///< when nacked publications are sent again
  bool confirmed_since_nack_ = false;  ///< a publication was confirmed after the last nack
  /// Set: publish nothing, and replace the channel once nothing is unconfirmed; at this time replace the connection.
  std::optional<Clock::time_point> renew_channel_by_;
  RecoveringConnection broker_connection_;  // last: its thread uses the other members
};

}  // namespace esteira::runtime::amqp
