#pragma once
#include <chrono>
#include <esteira/message.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plugins/http_client/client.hpp"
#include "plugins/remote/token.hpp"

namespace esteira::cli {

/// A message for a service, and what differs from the request that the plugin would send.
struct ProbeRequest {
  Message message;
  std::optional<std::string> body = {};   ///< instead of the message
  std::vector<std::string> headers = {};  ///< further ones: "Name: value"
  bool has_lower_case_headers = false;    ///< names of headers in lower case
};

/// Sends messages to a service as the plugin remote does, and waits for the responses.
class ServiceProbe {
 public:
  /// Throws std::invalid_argument when the options cannot work.
  ServiceProbe(http_client::Options options, remote::Token token)
      : timeout_(options.timeout), token_(std::move(token)), client_(std::move(options)) {}

  http_client::Result send(const ProbeRequest& request) { return send_at_once({request}).front(); }
  /// Sends all at the same time; the results are in the order of the requests.
  std::vector<http_client::Result> send_at_once(const std::vector<ProbeRequest>& requests);

 private:
  const std::chrono::milliseconds timeout_;
  const remote::Token token_;
  http_client::Client client_;
};

/// How a response, or its absence, breaks the protocol; "" when it does not.
std::string protocol_fault(const http_client::Result& result, const Message& message);

}  // namespace esteira::cli
