#pragma once
#include <cstddef>

#include "host/job.hpp"

namespace esteira::host {

/// Decides whether the handler of a job may start. The executor asks right before it calls the handler. Thread-safe.
class StartGate {
 public:
  StartGate() = default;
  virtual ~StartGate() = default;
  StartGate(const StartGate&) = delete;
  StartGate& operator=(const StartGate&) = delete;

  /// False: the gate keeps the job, and submits it again later. Does not wait.
  virtual bool admit(const JobPtr& job) = 0;
  /// How many more handlers could start now.
  [[nodiscard]] virtual std::size_t places() const = 0;
};

}  // namespace esteira::host
