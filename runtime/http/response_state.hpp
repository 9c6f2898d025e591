#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/http/server.hpp"

namespace esteira::runtime::http {

/// The response to one request. The first response (from the handler, a timeout, or a dropped Responder) is passed to
/// `deliver`; later ones are ignored. Thread-safe. Calls nothing under its lock.
class Responder::ResponseState {
 public:
  using Delivery = std::function<void(Response&& response)>;
  using Observer = std::function<void(int status)>;

  explicit ResponseState(Delivery deliver) : deliver_(std::move(deliver)) {}

  /// Responds, or does nothing when a response was given already. A status outside 200..599 becomes 500. Does not
  /// throw.
  void respond(Response response) noexcept;
  /// Calls `observer` with the status of the response, before the response is delivered: at once when it was given
  /// already.
  void observe(Observer observer);

  /// Without a response it responds with 503. Does not block: while the handler runs, handler_returned responds
  /// instead, because the Responder may be destroyed by an exception of the handler, which responds with 500.
  void responder_destroyed() noexcept;
  void handler_began();
  /// Not called when the handler throws: the connection responds with 500.
  void handler_returned();

  /// The client sends no more, and may have gone. Does not block.
  void set_client_left() noexcept { client_left_ = true; }
  [[nodiscard]] bool client_left() const noexcept { return client_left_; }

 private:
  std::mutex mutex_;
  std::optional<int> status_;
  std::vector<Observer> observers_;
  std::atomic<bool> client_left_{false};
  bool in_handler_ = false;
  bool responder_destroyed_ = false;
  Delivery deliver_;  // cleared, then called, by the thread that sets status_
};

}  // namespace esteira::runtime::http
