#include "provider/provider.hpp"

#include <algorithm>
#include <stdexcept>

#include "provider/http_provider.hpp"
#include "provider/simulated_provider.hpp"
#include "remote/retry_after.hpp"

namespace provider {
namespace {

/// Printable ASCII that JSON does not escape.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

/// RFC 3986, section 2.3.
bool is_unreserved(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::unique_ptr<Provider> make_provider(const esteira::Settings& settings, const char* name,
                                        std::chrono::milliseconds transit) {
  if (settings.text("URL").empty())
    return std::make_unique<SimulatedProvider>(name, settings.duration("DELAY"), transit);
  if (settings.duration("TIMEOUT").count() == 0) throw std::invalid_argument("TIMEOUT should be at least 1ms");
  return std::make_unique<HttpProvider>(settings);
}

std::optional<Json> object_of(const http_client::Result& result) {
  const auto status = status_of(result);
  if (status < 200 || status > 299) return std::nullopt;
  auto object = Json::parse(result.response->body, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

std::string text_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string quoted(std::string_view text) {
  if (!is_plain(text)) return Json(text).dump();
  std::string json;
  json.reserve(text.size() + 2);
  return json.append(1, '"').append(text).append(1, '"');
}

std::string text_object(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string json;
  for (const auto& [name, text] : members) {
    json.append(1, json.empty() ? '{' : ',').append(quoted(name)).append(1, ':').append(quoted(text));
  }
  return json.append(1, '}');
}

Json data_of(const esteira::Message& message, const std::string& stage) {
  const auto found = message.data.find(stage);
  if (found == message.data.end()) return Json::object();
  auto data = Json::parse(found->second, nullptr, false);
  return data.is_object() ? data : Json::object();
}

esteira::Outcome retry_after(const http_client::Result& result) {
  if (result.is_cancelled) return esteira::Outcome::retry("the host stopped during the request to the provider");
  if (!result.response) return esteira::Outcome::retry("the request to the provider failed: " + result.fault);
  auto reason = "the provider answered " + std::to_string(result.response->status);
  if (status_of(result) < 300) reason += " with a body that is not understood";
  return esteira::Outcome::retry(std::move(reason), wanted_delay(result));
}

std::optional<std::chrono::milliseconds> wanted_delay(const http_client::Result& result) {
  if (!result.response) return std::nullopt;
  return remote::read_retry_after(result.response->header("retry-after"), result.response->header("date"),
                                  std::chrono::system_clock::now());
}

long status_of(const http_client::Result& result) { return result.response ? result.response->status : 0; }

std::string url_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(c)) {
      encoded += c;
    } else {
      encoded.append("%").append(1, kHex[byte / 16]).append(1, kHex[byte % 16]);
    }
  }
  return encoded;
}

}  // namespace provider
