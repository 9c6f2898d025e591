#pragma once
#include "tests/faults/fleet.hpp"
#include "tests/faults/plan.hpp"

namespace esteira::faults {

/// Does to a fleet what a plan says, one fault after the other, and mends each.
class Injector {
 public:
  explicit Injector(Fleet& fleet) : fleet_(fleet) {}

  void inject(const Fault& fault);

 private:
  void hold(const Fault& fault);
  void harm_rabbitmq(const Fault& fault);
  void harm_postgres(const Fault& fault);
  void cut(test::TcpProxy& proxy, const Fault& fault);
  void stall(test::TcpProxy& proxy, const Fault& fault);
  void freeze(const std::string& server, const Fault& fault);
  void end_backends();

  Fleet& fleet_;
};

}  // namespace esteira::faults
