#pragma once
#include <chrono>
#include <esteira/settings.hpp>
#include <esteira/stage.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http_client/call.hpp"

namespace provider {

using Json = nlohmann::json;

/// A request to a provider of payments or shipments.
struct Request {
  std::string path;  ///< and query, encoded
  std::string body;  ///< JSON; empty: a GET
  std::string key;   ///< idempotency key; empty: none
};

/// A provider of payments or shipments, over HTTP or simulated. Thread-safe.
class Provider {
 public:
  using Done = std::function<void(const http_client::Result&)>;

  Provider() = default;
  virtual ~Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  /// Sends a request for the order of `task`. `done` gets the result later, on another thread, or at once when a
  /// simulation has no delay; not at all when the provider is destroyed before.
  virtual void send(const esteira::Task& task, Request request, Done done) = 0;
};

/// The settings of a provider are URL, TOKEN, TOKEN_FILE, CA_FILE, TIMEOUT and DELAY. `name` begins the SKUs that its
/// simulation knows: "PAYMENT" for "PAYMENT-REFUSE". Its shipments arrive after `transit`. Throws
/// std::invalid_argument.
std::unique_ptr<Provider> make_provider(const esteira::Settings& settings, const char* name,
                                        std::chrono::milliseconds transit = {});

/// The response as a JSON object; nothing without a response, or when it has another status than 2xx or another body.
std::optional<Json> object_of(const http_client::Result& result);

/// The text of a member; "" when it has none.
std::string text_of(const Json& object, const char* member);

/// The text as JSON. Writing a message's JSON with it takes a fraction of what building Json objects does.
std::string quoted(std::string_view text);

/// A JSON object whose members are these texts, in this order; at least one.
std::string text_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members);

/// The data that an earlier stage has produced; an empty object when there is none.
Json data_of(const esteira::Message& message, const std::string& stage);

/// A retry with the reason that the result gives, after the delay that a Retry-After asks for.
esteira::Outcome retry_after(const http_client::Result& result);

/// The delay that the response asks for with Retry-After.
std::optional<std::chrono::milliseconds> wanted_delay(const http_client::Result& result);

/// The status of the response; 0 without one.
long status_of(const http_client::Result& result);

/// The text, encoded for a path or a query.
std::string url_encoded(std::string_view text);

}  // namespace provider
