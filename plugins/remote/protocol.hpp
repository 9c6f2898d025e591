#pragma once
#include <chrono>
#include <esteira/message.hpp>
#include <esteira/outcome.hpp>
#include <string>
#include <vector>

#include "http_client/response.hpp"

/// The protocol of docs/remote-stage.md.
namespace remote {

/// The body of a request: the message as JSON. Amounts are strings with two decimals; the data of earlier stages is
/// passed on unchanged. What is not known is left out.
std::string message_json(const esteira::Message& message);

/// The headers of a request; the response must arrive within `time_left`.
std::vector<std::string> message_headers(const esteira::Message& message, std::chrono::milliseconds time_left);

/// The outcome that a response stands for. Each response has one: what the protocol does not know is a retry.
esteira::Outcome outcome_of(const http_client::Response& response, const std::string& idempotency_key,
                            std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace remote
