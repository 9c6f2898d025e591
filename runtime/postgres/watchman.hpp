#pragma once
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace esteira::runtime::postgres {

/// Ends waits for a server that stands still. libpq waits for an answer for ever, and the limits of TCP do not help
/// while the server's kernel, or a proxy before it, goes on acknowledging. Who has waited for longer than the patience
/// is not cut off for that, a statement may take its time: the server is asked whether it still speaks with newcomers,
/// and only when it does not is the socket shut down, so that the wait ends as for a lost connection. Thread-safe.
class Watchman {
 public:
  explicit Watchman(std::chrono::milliseconds patience);
  ~Watchman();
  Watchman(const Watchman&) = delete;
  Watchman& operator=(const Watchman&) = delete;

  /// The one of this program, with the patience for a server whose statements are limited to ten seconds.
  static Watchman& instance();

  /// While it lives, waits on that socket are watched.
  class Watch {
   public:
    /// `server` is a conninfo that leads to the socket's server alone.
    Watch(Watchman& watchman, int socket, const std::string& server);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Watchman;
    Watchman& watchman_;
    const int socket_;  ///< our own name for it: libpq closes its own whenever it finds the connection lost
    const std::string& server_;
    std::chrono::steady_clock::time_point due_;
  };

 private:
  void run();
  void examine(std::unique_lock<std::mutex>& lock, const Watch* watch);
  Watch* next_due();

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch*> watches_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace esteira::runtime::postgres
