#pragma once
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace esteira::runtime::postgres {

/// Ends waits for a server that stands still. libpq waits for an answer for ever, and the limits of TCP do not help
/// while the server's kernel, or a proxy before it, goes on acknowledging. Who has waited for longer than the timeout
/// is not cut off for that, a statement may take its time: the server is asked whether it still speaks with newcomers,
/// and only when it does not is the socket shut down, so that the wait ends as for a lost connection. Thread-safe.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds timeout);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The one of this program, with the timeout for a server whose statements are limited to ten seconds.
  static Watchdog& instance();

  /// While it lives, waits on that socket are watched.
  class Watch {
   public:
    /// `server` is a conninfo that leads to the socket's server alone.
    Watch(Watchdog& watchdog, int socket, const std::string& server);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Watchdog;
    Watchdog& watchdog_;
    const int socket_;  ///< our own name for it: libpq closes its own whenever it finds the connection lost
    const std::string& server_;
    std::chrono::steady_clock::time_point due_;
  };

 private:
  void run();
  void examine(std::unique_lock<std::mutex>& lock, const Watch* watch);
  Watch* next_due();

  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch*> watches_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace esteira::runtime::postgres
