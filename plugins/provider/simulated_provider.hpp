#pragma once
#include <chrono>
#include <string>

#include "provider/provider.hpp"

namespace provider {

/// A provider that is simulated in the host, without a state: it accepts everything, except what the SKUs of an order
/// ask for. NAME-REFUSE is refused. On the first attempt only, NAME-FAIL-ONCE is answered with 503, and
/// NAME-TIMEOUT-BEFORE and NAME-TIMEOUT-AFTER have no answer; the latter has its effect nevertheless, and is found by
/// its key. A shipment arrives `transit` after it was requested, unless a SKU is DELIVERY-LOST.
class SimulatedProvider final : public Provider {
 public:
  SimulatedProvider(std::string name, std::chrono::milliseconds delay, std::chrono::milliseconds transit)
      : name_(std::move(name)), delay_(delay), transit_(transit) {}
  void send(const esteira::Task& task, Request request, Done done) override;

 private:
  [[nodiscard]] http_client::Result answer(const esteira::Message& order, const Request& request) const;
  [[nodiscard]] http_client::Result create(const esteira::Message& order, const Request& request) const;
  [[nodiscard]] http_client::Result track(const esteira::Message& order, const std::string& path) const;

  const std::string name_;
  const std::chrono::milliseconds delay_;
  const std::chrono::milliseconds transit_;
};

}  // namespace provider
