#pragma once
#include <functional>
#include <string>

#include "runtime/metrics/metrics.hpp"

namespace esteira::host {

/// Every metric of the host itself, made once, labelled with the stage.
struct HostMetrics {
  HostMetrics(runtime::Metrics& metrics, const std::string& stage);

  // Messages by what became of them; each message is counted once, when that is committed.
  prometheus::Counter& done;
  prometheus::Counter& retried;
  prometheus::Counter& failed;
  prometheus::Counter& malformed;
  prometheus::Counter& repeated;  ///< delivered again after its effect had landed: only the event went out again
  prometheus::Counter& unknown;   ///< names an order that the database does not have
  prometheus::Counter& unstored;  ///< failed, and the database refused to store that

  // Messages that came again without an outcome, by why. A handler's own failure is counted above, as a retry.
  prometheus::Counter& redelivered_by_crash;  ///< or by a lost connection to the broker
  prometheus::Counter& redelivered_by_stop;   ///< a host that was stopping let go of them
  prometheus::Counter& dead_letters;          ///< messages sent to the dead-letter queue
  prometheus::Histogram& handler_seconds;
  prometheus::Histogram& commit_seconds;
  prometheus::Histogram& commit_batch_size;
  prometheus::Histogram& order_seconds;  ///< from the order's acceptance to its last stage's commit
  prometheus::Gauge& in_flight;
};

}  // namespace esteira::host
