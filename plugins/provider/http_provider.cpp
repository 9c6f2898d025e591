#include "provider/http_provider.hpp"

#include <utility>

namespace provider {
namespace {

http_client::Options client_options(const esteira::Settings& settings) {
  return {.endpoint = http_client::Endpoint::parse(settings.text("URL")),
          .ca_file = settings.text("CA_FILE"),
          .timeout = settings.duration("TIMEOUT"),
          .max_response_bytes = 65'536};
}

class ProviderCall final : public http_client::Call {
 public:
  ProviderCall(esteira::Task task, Request request, Provider::Done done, const remote::Token& token)
      : task_(std::move(task)), request_(std::move(request)), done_(std::move(done)), token_(token) {}

  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return task_.context().deadline(); }
  [[nodiscard]] bool is_cancelled() const override { return task_.context().stop_requested(); }

  http_client::Request make_request(std::chrono::milliseconds /*time_left*/) override {
    http_client::Request request{request_.body, {}, request_.path, request_.body.empty()};
    if (!request_.body.empty()) request.headers.emplace_back("Content-Type: application/json");
    if (!request_.key.empty()) request.headers.push_back("Idempotency-Key: " + request_.key);
    const auto& traceparent = task_.message().traceparent;
    if (!traceparent.empty()) request.headers.push_back("traceparent: " + traceparent);
    if (auto header = token_.header(); !header.empty()) request.headers.push_back(std::move(header));
    return request;
  }

  void finish(const http_client::Result& result) override {
    task_.context().count("provider_requests");
    done_(result);
  }

 private:
  const esteira::Task task_;
  const Request request_;
  const Provider::Done done_;
  const remote::Token& token_;
};

}  // namespace

HttpProvider::HttpProvider(const esteira::Settings& settings)
    : token_(settings.text("TOKEN"), settings.text("TOKEN_FILE")), client_(client_options(settings)) {}

void HttpProvider::send(const esteira::Task& task, Request request, Done done) {
  client_.submit(std::make_unique<ProviderCall>(task, std::move(request), std::move(done), token_));
}

}  // namespace provider
