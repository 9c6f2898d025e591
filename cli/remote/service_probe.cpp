#include "cli/remote/service_probe.hpp"

#include <algorithm>
#include <esteira/testing_outcome.hpp>
#include <future>
#include <memory>
#include <utility>

#include "plugins/remote/protocol.hpp"

namespace esteira::cli {
namespace {

std::string lower_name(std::string header) {
  const auto colon = std::find(header.begin(), header.end(), ':');
  std::transform(header.begin(), colon, header.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return header;
}

class ProbeCall final : public http_client::Call {
 public:
  ProbeCall(const ProbeRequest& request, const remote::Token& token, std::chrono::steady_clock::time_point deadline)
      : request_(request), token_(token), deadline_(deadline) {}

  std::future<http_client::Result> result() { return result_.get_future(); }
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return deadline_; }
  [[nodiscard]] bool is_cancelled() const override { return false; }

  http_client::Request make_request(std::chrono::milliseconds time_left) override {
    auto headers = remote::message_headers(request_.message, time_left);
    if (auto authorization = token_.header(); !authorization.empty()) headers.push_back(std::move(authorization));
    headers.insert(headers.end(), request_.headers.begin(), request_.headers.end());
    if (request_.has_lower_case_headers) std::transform(headers.begin(), headers.end(), headers.begin(), lower_name);
    return {request_.body ? *request_.body : remote::message_json(request_.message), std::move(headers)};
  }

  void finish(const http_client::Result& result) override { result_.set_value(result); }

 private:
  const ProbeRequest request_;
  const remote::Token& token_;
  const std::chrono::steady_clock::time_point deadline_;
  std::promise<http_client::Result> result_;
};

}  // namespace

std::vector<http_client::Result> ServiceProbe::send_at_once(const std::vector<ProbeRequest>& requests) {
  // Some may wait for a connection before their own time begins.
  const auto deadline = std::chrono::steady_clock::now() + 2 * timeout_;
  std::vector<std::future<http_client::Result>> waiting;
  waiting.reserve(requests.size());
  for (const auto& request : requests) {
    auto call = std::make_unique<ProbeCall>(request, token_, deadline);
    waiting.push_back(call->result());
    client_.submit(std::move(call));
  }
  std::vector<http_client::Result> results;
  results.reserve(requests.size());
  for (auto& result : waiting) results.push_back(result.get());
  return results;
}

std::string protocol_fault(const http_client::Result& result, const Message& message) {
  if (!result.response) return result.fault;
  const auto outcome = remote::outcome_of(*result.response, message.idempotency_key());
  if (outcome.kind() == Outcome::Kind::retry && !outcome.delay()) return outcome.reason();
  return testing::outcome_fault(outcome);
}

}  // namespace esteira::cli
