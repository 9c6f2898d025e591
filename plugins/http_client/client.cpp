#include "http_client/client.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace http_client {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The longest time until a request notices that it is cancelled.
constexpr milliseconds kCheckInterval{100};
constexpr milliseconds kIdleInterval{1000};

// A call that throws has lost its result; its destruction says so to whoever waits for it.
void finish(Call& call, const Result& result) {
  try {
    call.finish(result);
  } catch (...) {
    return;
  }
}

void check_ca_file(const std::string& path) {
  if (path.empty()) return;
  std::ifstream file(path);
  if (file.peek() == std::ifstream::traits_type::eof())
    throw std::invalid_argument("CA_FILE cannot be read, or is empty; it should contain certificates in PEM");
}

}  // namespace

Client::Client(Options options) : options_(std::move(options)), loop_(options_.max_connections) {
  check_ca_file(options_.ca_file);
  thread_ = std::thread([this] { run(); });
}

Client::~Client() {
  stopped_ = true;
  loop_.wake();
  thread_.join();
  while (!transfers_.empty()) take(transfers_.begin()->first);
}

void Client::submit(std::unique_ptr<Call> call) {
  {
    const std::lock_guard lock(mutex_);
    submitted_.push_back({std::move(call), Clock::now()});
  }
  loop_.wake();
}

void Client::run() {
  while (!stopped_) {
    take_submitted();
    start_queued();
    const bool is_idle = transfers_.empty() && queue_.empty();
    loop_.run_once(is_idle ? kIdleInterval : kCheckInterval);
    loop_.take_done([this](CURL* handle, CURLcode code) {
      const auto transfer = take(handle);
      finish(transfer->call(), transfer->result(code));
    });
    drop_cancelled();
  }
}

void Client::take_submitted() {
  std::vector<Queued> submitted;
  {
    const std::lock_guard lock(mutex_);
    submitted.swap(submitted_);
  }
  std::move(submitted.begin(), submitted.end(), std::back_inserter(queue_));
}

void Client::start_queued() {
  while (!queue_.empty() && transfers_.size() < options_.max_connections) {
    auto first = std::move(queue_.front());
    queue_.pop_front();
    start(std::move(first));
  }
}

void Client::start(Queued queued) {
  auto& call = *queued.call;
  const auto left = std::chrono::floor<milliseconds>(call.deadline() - Clock::now());
  if (left.count() <= 0) return finish(call, unsent(queued));
  try {
    const auto timeout = std::min(options_.timeout, left);
    auto request = call.make_request(timeout);
    auto transfer = std::make_unique<Transfer>(options_, std::move(queued.call), std::move(request), timeout);
    auto* const handle = transfer->handle();
    loop_.add(handle);
    transfers_.emplace(handle, std::move(transfer));
  } catch (const std::exception& error) {
    if (queued.call) finish(*queued.call, {{}, error.what(), false});
  }
}

Result Client::unsent(const Queued& queued) const {
  const auto now = Clock::now();
  if (now < queued.call->deadline()) return {{}, "the request was cancelled", true};
  const auto waited = std::chrono::floor<milliseconds>(now - queued.since);
  return {{},
          "none of " + std::to_string(options_.max_connections) + " connections was free within " +
              std::to_string(waited.count()) + " ms",
          false};
}

void Client::drop_cancelled() {
  if (Clock::now() < next_check_) return;
  next_check_ = Clock::now() + kCheckInterval;
  const Result cancelled{{}, "the request was cancelled", true};
  for (auto next = transfers_.begin(); next != transfers_.end();) {
    auto& transfer = *(next++)->second;
    if (!transfer.call().is_cancelled()) continue;
    finish(take(transfer.handle())->call(), cancelled);
  }
  std::erase_if(queue_, [&](const Queued& queued) {
    const bool is_cancelled = queued.call->is_cancelled();
    if (is_cancelled) finish(*queued.call, unsent(queued));
    return is_cancelled;
  });
}

std::unique_ptr<Transfer> Client::take(CURL* handle) {
  loop_.remove(handle);
  return std::move(transfers_.extract(handle).mapped());
}

}  // namespace http_client
