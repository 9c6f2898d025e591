#pragma once
#include "http_client/client.hpp"
#include "provider/provider.hpp"
#include "remote/token.hpp"

namespace provider {

/// A provider at an address.
class HttpProvider final : public Provider {
 public:
  /// Throws std::invalid_argument.
  explicit HttpProvider(const esteira::Settings& settings);
  void send(const esteira::Task& task, Request request, Done done) override;

 private:
  const remote::Token token_;
  http_client::Client client_;
};

}  // namespace provider
