#pragma once
#include "tests/faults/deployment.hpp"
#include "tests/faults/fault_plan.hpp"

namespace esteira::faults {

/// Does to a deployment what a plan says, one fault after the other, and mends each.
class FaultInjector {
 public:
  explicit FaultInjector(Deployment& deployment) : deployment_(deployment) {}

  void inject(const Fault& fault);

 private:
  void hold(const Fault& fault);
  void inject_rabbitmq(const Fault& fault);
  void inject_postgres(const Fault& fault);
  void inject_provider(const Fault& fault);
  void cut(test::TcpProxy& proxy, const Fault& fault);
  void stall(test::TcpProxy& proxy, const Fault& fault);
  void freeze(const std::string& server, const Fault& fault);
  void end_backends();

  Deployment& deployment_;
};

}  // namespace esteira::faults
