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
#include "runtime/lifecycle/backoff.hpp"

namespace esteira::runtime::amqp {

/// The work of the publisher's thread: takes incoming publications, keeps up to `max_unconfirmed` of them unconfirmed
/// at the broker, and drops each only when it is confirmed and routed. Everything but `broker_connection` runs on that
/// thread.
class PublishLoop {
 public:
  using TakeIncoming = std::function<std::vector<Publication>()>;

  PublishLoop(Publisher::Options options, TakeIncoming take_incoming, Publisher::OnConfirmed on_confirmed,
              Metrics& metrics);
  RecoveringConnection& broker_connection() { return broker_connection_; }

 private:
  void serve(Connection& connection);
  void run_channel(Connection& connection, Channel& channel);
  void set_up(Channel& channel);
  void publish_some(const Connection& connection, Channel& channel);
  bool read_events(Channel& channel);
  void handle(const BrokerEvent& event);
  void handle_return(std::uint64_t tag);
  void handle_blocked(const Blocked& blocked);
  void report_resolved();
  void handle_nacks(std::vector<Publication> nacked);
  void report_end_of_refusals();
  void requeue_unconfirmed();

  [[nodiscard]] bool may_publish() const {
    return !blocked_ && !renew_channel_by_ && tracker_.size() < options_.max_unconfirmed;
  }
  [[nodiscard]] bool needs_new_channel() const;

  const Publisher::Options options_;
  const TakeIncoming take_incoming_;
  const Publisher::OnConfirmed on_confirmed_;
  prometheus::Counter& confirmed_total_;
  prometheus::Counter& returned_total_;
  prometheus::Counter& nacked_total_;
  prometheus::Counter& lost_total_;
  prometheus::Gauge& blocked_gauge_;

  PublishBacklog backlog_;
  ConfirmTracker tracker_;
  ConfirmTracker::Resolved resolved_;
  bool blocked_ = false;
  using Clock = PublishBacklog::Clock;
  /// When the last warning was logged for an exchange and routing key. There are few routing keys.
  using LastWarned = std::map<std::string, Clock::time_point>;
  static void warn_rate_limited(LastWarned& last_warned, const Publication& publication, const char* text,
                                const char* remedy);
  LastWarned unroutable_warned_;
  LastWarned refused_warned_;
  Backoff refusal_pause_;
  Clock::time_point refusing_since_;
  Clock::time_point last_refusal_;
  Clock::time_point retry_refused_at_;                 ///< for all publications that were nacked lately
  bool confirmed_since_refusal_ = false;               ///< a publication was confirmed after the last nack
  std::optional<Clock::time_point> renew_channel_by_;  ///< the channel must be replaced until then; empty: it is good
  RecoveringConnection broker_connection_;             // last: its thread uses the other members
};

}  // namespace esteira::runtime::amqp
