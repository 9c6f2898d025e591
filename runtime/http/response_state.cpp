#include "runtime/http/response_state.hpp"

#include <utility>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::http {
namespace {

constexpr int kLowestFinalStatus = 200;
constexpr int kHighestStatus = 599;

void notify_observer(const Responder::ResponseState::Observer& observer, int status) {
  try {
    observer(status);
  } catch (const std::exception& error) {
    log::error("an observer of responses threw an exception", {{"error", error.what()}});
  }
}

}  // namespace

void Responder::ResponseState::respond(Response response) noexcept {
  try {
    if (response.status < kLowestFinalStatus || response.status > kHighestStatus) response.status = 500;
    std::vector<Observer> observers;
    {
      const std::lock_guard lock(mutex_);
      if (status_) return;
      status_ = response.status;
      observers.swap(observers_);
    }
    for (const auto& observer : observers) notify_observer(observer, response.status);
    const auto deliver = std::exchange(deliver_, nullptr);
    deliver(std::move(response));
  } catch (const std::exception& error) {
    log::error("a response could not be sent", {{"error", error.what()}});
  }
}

void Responder::ResponseState::observe(Observer observer) {
  std::optional<int> status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
    if (!status) observers_.push_back(std::move(observer));
  }
  if (status) notify_observer(observer, *status);  // NOLINT(bugprone-use-after-move): moved only without a status
}

void Responder::ResponseState::responder_destroyed() noexcept {
  {
    const std::lock_guard lock(mutex_);
    responder_destroyed_ = true;
    if (in_handler_ || status_) return;
  }
  respond(problem(503, "The server did not process the request. Send it again later."));
}

void Responder::ResponseState::handler_began() {
  const std::lock_guard lock(mutex_);
  in_handler_ = true;
}

void Responder::ResponseState::handler_returned() {
  {
    const std::lock_guard lock(mutex_);
    in_handler_ = false;
    if (!responder_destroyed_ || status_) return;
  }
  respond(problem(503, "The server did not process the request. Send it again later."));
}

Responder::Responder(std::shared_ptr<ResponseState> state) : state_(std::move(state)) {}

Responder::~Responder() {
  if (state_) state_->responder_destroyed();
}

void Responder::send(Response response) {
  if (state_) state_->respond(std::move(response));
}

bool Responder::client_left() const { return !state_ || state_->client_left(); }

void Responder::on_response(std::function<void(int status)> observer) {
  if (state_) state_->observe(std::move(observer));
}

}  // namespace esteira::runtime::http
