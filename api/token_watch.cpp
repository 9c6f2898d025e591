#include "api/token_watch.hpp"

#include <cstdint>
#include <utility>

#include "runtime/logging/log.hpp"

namespace esteira::api {

TokenWatch::TokenWatch(runtime::Config config, OnTokens on_tokens, std::chrono::milliseconds interval)
    : config_(std::move(config)),
      on_tokens_(std::move(on_tokens)),
      interval_(interval),
      handled_{client_tokens(config_), {}} {}

void TokenWatch::start() {
  if (!config_.is_from_file("SECRET_TOKEN") && !config_.is_from_file("ESTEIRA_CLIENT_TOKENS")) return;
  thread_ = std::thread([this] { run(); });
}

void TokenWatch::stop() {
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

void TokenWatch::run() {
  while (!stopping_.wait_for(interval_)) read_once();
}

void TokenWatch::read_once() {
  auto reading = read();
  const bool is_settled = reading == last_;
  last_ = std::move(reading);
  if (!is_settled || last_ == handled_) return;
  handled_ = last_;
  if (!last_.error.empty()) {
    runtime::log::warn("the tokens cannot be read again; the former ones stay valid", {{"error", last_.error}});
    return;
  }
  on_tokens_(last_.tokens);
  runtime::log::info("the tokens have changed",
                     {{"tokens", static_cast<std::int64_t>(last_.tokens.size())},
                      {"clients", static_cast<std::int64_t>(client_names(last_.tokens).size())}});
}

TokenWatch::Reading TokenWatch::read() const {
  try {
    return {client_tokens_now(config_), {}};
  } catch (const runtime::ConfigError& error) {
    return {{}, error.what()};
  }
}

}  // namespace esteira::api
