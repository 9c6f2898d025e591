#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/host_metrics.hpp"
#include "host/in_flight.hpp"
#include "host/job.hpp"
#include "host/stage_options.hpp"
#include "runtime/amqp/message.hpp"

namespace esteira::host {

/// Makes a job of each delivery and routes it. A delivery of a message that is in flight already makes no job: it is
/// acknowledged together with the first. Runs on the consumer's thread; does not block.
class Receiver {
 public:
  struct Routes {
    std::function<void(std::vector<JobPtr> jobs)> fresh;  ///< the stage sees the order for the first time
    /// Redelivered, or after a retry, snooze or redrive: its result may be recorded, or its order to be cancelled.
    std::function<void(JobPtr job)> known;
    std::function<void(JobPtr job, const std::string& reason)> malformed;  ///< the body is not an order
  };

  Receiver(const StageOptions& options, InFlight& in_flight, HostMetrics& metrics, Routes routes);

  void receive(std::vector<runtime::amqp::Delivery>&& deliveries);

 private:
  void receive(runtime::amqp::Delivery&& delivery, std::vector<JobPtr>& fresh);

  const StageOptions& options_;
  InFlight& in_flight_;
  HostMetrics& metrics_;
  const Routes routes_;
};

}  // namespace esteira::host
