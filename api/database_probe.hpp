#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "api/circuit_breaker.hpp"
#include "runtime/logging/outage.hpp"
#include "runtime/postgres/commit_waits.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::api {

/// Finds out every second whether PostgreSQL stores and reads orders, by running the statements that do it: a missing
/// right, a lock, a schema that does not fit and a read-only server are all noticed. Usually the statements get no
/// rows, which costs nothing. Sometimes, and while the last probe failed, they store an order and roll back: only that
/// notices a full disk. A commit that does not return is noticed, too. Opens and closes the circuit breaker. Has a
/// thread and a session of its own.
class DatabaseProbe {
 public:
  /// Throws ConfigError when `database_url` is not a valid conninfo.
  DatabaseProbe(const std::string& database_url, CircuitBreaker& breaker);
  ~DatabaseProbe();
  DatabaseProbe(const DatabaseProbe&) = delete;
  DatabaseProbe& operator=(const DatabaseProbe&) = delete;

  void start();
  void stop();

  /// Asks for a probe that stores an order, because storing one was refused. Thread-safe, does not wait.
  void request();

  /// Whether the last probe could store an order. False before the first one. Thread-safe.
  [[nodiscard]] bool is_writable() const;

  /// Why orders can be neither stored nor read, in a line. Empty when they can. Thread-safe.
  [[nodiscard]] std::string unready_reason() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool await_next();
  [[nodiscard]] bool needs_rows();
  void probe(bool with_rows);
  void probe_writing(bool with_rows);
  void probe_reading();
  void report(std::string& reason, std::string text);

  CircuitBreaker& breaker_;
  runtime::Outage read_outage_{"orders cannot be read", "orders can be read again"};
  runtime::postgres::Session session_;
  runtime::postgres::CommitWaits commit_waits_;
  Clock::time_point next_rows_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
  bool stopping_ = false;
  std::string write_reason_ = "PostgreSQL has not been reached yet";
  std::string read_reason_;
  Clock::time_point last_probe_ = Clock::now();
  std::thread thread_;
};

}  // namespace esteira::api
