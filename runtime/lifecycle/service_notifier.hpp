#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "runtime/lifecycle/readiness.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::runtime {

/// Tells systemd the state of the program, in the protocol of sd_notify(3): READY=1 when every condition of `readiness`
/// holds for the first time, the unready reasons as STATUS, WATCHDOG=1 while the process is alive, STOPPING=1 at the
/// stop. It does nothing without NOTIFY_SOCKET. A state that cannot be sent is logged once and sent again later; no
/// call waits for systemd.
class ServiceNotifier {
 public:
  /// Returns what is wrong with the process itself, as /healthz reports it; empty while it is alive. Must not block.
  using Liveness = std::function<std::string()>;

  /// Starts a thread that asks `readiness` and `liveness`; both must outlive the object. Throws nothing that stops a
  /// program: a NOTIFY_SOCKET that is not valid is logged.
  explicit ServiceNotifier(const Readiness& readiness, Liveness liveness = {});
  ~ServiceNotifier();
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;

  /// Reports the stop, and that it takes up to `timeout`: systemd then waits that long at least, whatever
  /// TimeoutStopSec of the unit is. Ends the other reports.
  void report_stop(std::chrono::milliseconds timeout);

 private:
  void report_until_stopped();
  void report_readiness();
  void report_liveness();
  [[nodiscard]] std::chrono::milliseconds pause() const;
  void join();
  bool send(const std::string& state);

  const Readiness& readiness_;
  const Liveness liveness_;
  const std::string socket_;                         ///< of systemd; empty when there is none
  const std::chrono::milliseconds watchdog_period_;  ///< zero without a watchdog
  bool is_ready_sent_ = false;
  std::string sent_status_;
  bool has_logged_ = false;
  StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::runtime
