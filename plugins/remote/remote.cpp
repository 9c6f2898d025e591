#include <esteira/esteira.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include "http_client/client.hpp"
#include "remote_call.hpp"
#include "token.hpp"

namespace {

using esteira::Settings;

std::size_t limit(const Settings& settings, const char* key, std::int64_t max) {
  const auto value = settings.integer(key);
  if (value >= 1 && value <= max) return static_cast<std::size_t>(value);
  throw std::invalid_argument(std::string(key) + " should be from 1 to " + std::to_string(max));
}

http_client::Options client_options(const Settings& settings) {
  constexpr std::int64_t kMaxConnections = 10'000;
  constexpr std::int64_t kMaxResponseKib = 16'384;
  constexpr std::size_t kKib = 1024;
  if (settings.duration("TIMEOUT").count() == 0) throw std::invalid_argument("TIMEOUT should be at least 1ms");
  return {.endpoint = http_client::Endpoint::parse(settings.text("URL")),
          .ca_file = settings.text("CA_FILE"),
          .timeout = settings.duration("TIMEOUT"),
          .max_connections = limit(settings, "MAX_CONNECTIONS", kMaxConnections),
          .max_response_bytes = kKib * limit(settings, "MAX_RESPONSE_KIB", kMaxResponseKib)};
}

/// Has a service do the stage's work: POSTs the message and takes the response for the outcome, as described in
/// docs/remote-stage.md.
class Remote final : public esteira::AsyncStage {
 public:
  explicit Remote(const Settings& settings)
      : token_(settings.text("TOKEN"), settings.text("TOKEN_FILE")), client_(client_options(settings)) {}

  void start(esteira::Task task) override {
    client_.submit(std::make_unique<remote::RemoteCall>(std::move(task), token_));
  }

 private:
  const remote::Token token_;
  http_client::Client client_;
};

}  // namespace

using esteira::SettingType;

ESTEIRA_PLUGIN(Remote, {.name = "remote",
                        .version = "1.0.0",
                        .consumes = "order.completed",
                        .settings = {
                            {"URL", SettingType::text, nullptr,
                             "the service: http://host/path, https://host/path or unix:/path/of/its/socket"},
                            {"TIMEOUT", SettingType::duration, "10s", "the longest time for one request"},
                            {"CA_FILE", SettingType::text, "",
                             "file with the certificate authorities for https://; empty: those of the system"},
                            {"TOKEN", SettingType::text, "", "secret: bearer token of the requests"},
                            {"TOKEN_FILE", SettingType::text, "",
                             "file with the bearer token, instead of TOKEN; read again for each request"},
                            {"MAX_CONNECTIONS", SettingType::integer, "256",
                             "requests at the same time, each on a connection; further ones wait"},
                            {"MAX_RESPONSE_KIB", SettingType::integer, "1024", "the largest body of a response"},
                        }});
