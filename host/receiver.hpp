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

/// The first place of deliveries: reads each as an order and chooses its way; what is fresh goes on together. On the
/// consumer's thread.
class Receiver {
 public:
  struct Routes {
    std::function<void(std::vector<JobPtr>)> fresh;             ///< to the handler
    std::function<void(JobPtr)> redelivered;                    ///< to the inbox first
    std::function<void(JobPtr, const std::string&)> malformed;  ///< not an order, and why
    std::function<void(JobPtr, const std::string&)> exhausted;  ///< came back too often, and the reason to give
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
