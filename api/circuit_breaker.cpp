#include "api/circuit_breaker.hpp"

namespace esteira::api {

CircuitBreaker::CircuitBreaker(runtime::Metrics& metrics)
    : writable_(metrics.gauge("esteira_database_writable", "1 while PostgreSQL stores orders.")),
      outage_(std::make_shared<runtime::Outage>("orders cannot be stored", "orders can be stored again")) {}

void CircuitBreaker::open(std::string_view reason) {
  open_ = true;
  writable_.Set(0);
  outage_->failed(reason);
}

void CircuitBreaker::close() {
  open_ = false;
  writable_.Set(1);
  outage_->recovered();
}

}  // namespace esteira::api
