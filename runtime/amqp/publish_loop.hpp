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

/// What the publisher's thread does: takes publications, keeps up to `max_unconfirmed` of them with the broker, and
/// lets go of each only when it is confirmed and routed.
class PublishLoop {
 public:
  using TakeIncoming = std::function<std::vector<Publication>()>;

  PublishLoop(Publisher::Options options, TakeIncoming take_incoming, Publisher::OnConfirmed on_confirmed,
              Metrics& metrics);
  RecoveringConnection& link() { return link_; }

 private:
  void serve(Connection& connection);
  void run_channel(Connection& connection, Channel& channel);
  void set_up(Channel& channel);
  void publish_some(const Connection& connection, Channel& channel);
  bool read_events(Channel& channel);
  void handle(const Event& event);
  void handle_return(std::uint64_t tag);
  void handle_blocked(const Blocked& blocked);
  void report();
  void refused(std::vector<Publication> nacked);
  void report_end_of_refusals();
  void requeue_unconfirmed();

  [[nodiscard]] bool may_publish() const {
    return !blocked_ && !renew_by_ && tracker_.size() < options_.max_unconfirmed;
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
  ConfirmTracker::Settled settled_;
  bool blocked_ = false;
  /// Where a publication did not arrive, and when that was last logged. Keys are routing keys, of which there are few.
  using Clock = PublishBacklog::Clock;
  using LastWarned = std::map<std::string, Clock::time_point>;
  static void warn_rate_limited(LastWarned& last_warned, const Publication& publication, const char* what,
                                const char* remedy);
  LastWarned unroutable_;
  LastWarned refused_;
  Backoff refusal_pause_;
  Clock::time_point refusing_since_;
  Clock::time_point last_refusal_;
  Clock::time_point next_try_;                 ///< of all that was refused lately
  bool taken_since_ = false;                   ///< something was confirmed after the last refusal
  std::optional<Clock::time_point> renew_by_;  ///< the channel is to be replaced, at the latest then
  RecoveringConnection link_;                  // last: its thread uses the rest
};

}  // namespace esteira::runtime::amqp
