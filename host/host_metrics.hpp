#pragma once
#include <string>

#include "runtime/metrics/metrics.hpp"
#include "runtime/metrics/shared_metrics.hpp"

namespace esteira::host {

/// All metrics of the host itself, labelled with the stage. Made once, at start. Thread-safe.
struct HostMetrics {
  HostMetrics(runtime::Metrics& metrics, const std::string& stage);

  // Messages by outcome. Each message is counted once, when its outcome is committed.
  prometheus::Counter& done;
  prometheus::Counter& retried;
  prometheus::Counter& snoozed;        ///< the handler looks again later
  prometheus::Counter& held;           ///< kept from its handler for too long; its message comes back later
  prometheus::Counter& failed;         ///< the order failed, and a dead letter follows
  prometheus::Counter& refused;        ///< the order failed, and the stage's refused event follows
  prometheus::Counter& cancelled;      ///< the order was cancelled, by the handler's result or instead of a run
  prometheus::Counter& malformed;      ///< the body is not an order
  prometheus::Counter& duplicate;      ///< its result was recorded before; only its publication was repeated, if any
  prometheus::Counter& unknown_order;  ///< names an order that the database does not have
  prometheus::Counter& store_failed;   ///< failed, and the database refused to store the failure

  // Messages that were redelivered without a recorded result, by cause. A handler's own failure is a retry and is
  // counted above.
  prometheus::Counter& redelivered_by_crash;    ///< a host crashed while it ran them
  prometheus::Counter& redelivered_by_stop;     ///< a stopping host released them
  prometheus::Counter& redelivered_by_unknown;  ///< a host lost its connection, or crashed at their first delivery
  prometheus::Counter& dead_letters;            ///< messages sent to the dead-letter queue
  prometheus::Histogram& handler_seconds;       ///< from a handler's start to its outcome
  runtime::CommitMetrics commits;
  prometheus::Histogram& order_seconds;  ///< from an order's acceptance to the commit that completes it
  prometheus::Gauge& in_flight;          ///< messages that the host holds unacknowledged
};

}  // namespace esteira::host
