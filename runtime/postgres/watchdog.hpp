#pragma once
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace esteira::runtime::postgres {

/// Ends waits for a PostgreSQL server that hangs. A slow statement is not interrupted: after `timeout` the server is
/// pinged on a new connection, and when it does not answer, the socket is shut down. The waiting thread then sees a
/// lost connection. Without this, libpq would wait for ever: TCP timeouts do not help while the server's kernel, or a
/// proxy, acknowledges the packets. Has a thread of its own. Thread-safe.
class Watchdog {
 public:
  explicit Watchdog(std::chrono::milliseconds timeout);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// The watchdog of this program. Its timeout is longer than the statement_timeout of ten seconds. It lasts until the
  /// process ends.
  static Watchdog& instance();

  /// Ends all waits, for the end of the program: the watched sockets are shut down now, and from now on each new one at
  /// once.
  void abandon();
  [[nodiscard]] bool is_abandoned() const;

  /// Watches a socket during its lifetime.
  class Watch {
   public:
    /// `server` is a conninfo for the server of `socket` only. It must outlive the watch.
    Watch(Watchdog& watchdog, int socket, const std::string& server);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Watchdog;
    Watchdog& watchdog_;
    const int socket_;  ///< a duplicate, because libpq closes its descriptor when it finds the connection lost
    const std::string& server_;
    std::chrono::steady_clock::time_point due_;
  };

 private:
  void run();
  void ping_server(std::unique_lock<std::mutex>& lock, const Watch* watch);
  Watch* next_due();

  const std::chrono::milliseconds timeout_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch*> watches_;
  bool stopping_ = false;
  bool abandoned_ = false;
  std::thread thread_;
};

}  // namespace esteira::runtime::postgres
