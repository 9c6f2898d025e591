#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "api/client_tokens.hpp"
#include "runtime/config/config.hpp"
#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::api {

/// Reads the files of SECRET_TOKEN_FILE and ESTEIRA_CLIENT_TOKENS_FILE again and again, and passes on the tokens when
/// they have changed: tokens are rotated without a restart. It compares what it reads, so it does not matter how the
/// file is replaced (in place, by a rename, or by the symbolic link of a directory, as Kubernetes does). A content
/// counts when two reads in a row agree: one of them alone may have seen half of a write. A content that cannot be used
/// changes nothing, and is logged once.
class TokenWatch {
 public:
  /// Called on a thread of the watch.
  using OnTokens = std::function<void(const std::vector<ClientToken>& tokens)>;

  TokenWatch(runtime::Config config, OnTokens on_tokens, std::chrono::milliseconds interval = kInterval);
  ~TokenWatch() { stop(); }
  TokenWatch(const TokenWatch&) = delete;
  TokenWatch& operator=(const TokenWatch&) = delete;

  /// Starts the thread. Without such a file there is nothing to watch, and no thread.
  void start();
  /// Joins the thread. Idempotent.
  void stop();

 private:
  static constexpr std::chrono::milliseconds kInterval{2000};

  struct Reading {
    std::vector<ClientToken> tokens;
    std::string error;  ///< why there are no tokens; empty when there are
    friend bool operator==(const Reading&, const Reading&) = default;
  };
  void run();
  void read_once();
  [[nodiscard]] Reading read() const;

  const runtime::Config config_;
  const OnTokens on_tokens_;
  const std::chrono::milliseconds interval_;
  Reading last_;
  Reading handled_;  ///< the latest one that was passed on or logged
  runtime::StopFlag stopping_;
  std::thread thread_;
};

}  // namespace esteira::api
