#pragma once
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/http/server.hpp"

namespace esteira::runtime::http {

/// One request's answer: given once, by whoever comes first (the handler, the clock, a dropped Responder), and handed
/// to `deliver`. Thread-safe; nothing is called under its lock.
class Responder::ResponseState {
 public:
  using Delivery = std::function<void(Response&& response)>;
  using Observer = std::function<void(int status)>;

  explicit ResponseState(Delivery deliver) : deliver_(std::move(deliver)) {}

  /// Does nothing after the first time. Does not throw.
  void answer(Response response) noexcept;
  /// At once when the answer was given already.
  void observe(Observer observer);

  /// The Responder went unused: 503, but only after the handler returned, for it may be going because the handler
  /// throws.
  void drop() noexcept;
  void handler_began();
  void handler_returned();

 private:
  std::mutex mutex_;
  std::optional<int> status_;
  std::vector<Observer> observers_;
  bool in_handler_ = false;
  bool dropped_ = false;
  Delivery deliver_;  // used, then emptied, by the one who sets status_
};

}  // namespace esteira::runtime::http
