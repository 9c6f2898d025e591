#include "cli/management_api.hpp"

#include <curl/curl.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace esteira::cli {
namespace {

using Json = nlohmann::json;
using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

constexpr long kTimeoutSeconds = 10;
constexpr long kOk = 200;
constexpr const char* kLimits[] = {"message-ttl", "expires", "max-length", "max-length-bytes", "delivery-limit"};

std::size_t append_body(char* data, std::size_t size, std::size_t count, void* body) {
  static_cast<std::string*>(body)->append(data, size * count);
  return size * count;
}

bool is_about_certificate(CURLcode result) {
  return result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE;
}

std::string escaped(const Curl& curl, const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(curl.get(), text.data(), static_cast<int>(text.size())), &curl_free);
  return escaped.get();
}

/// The description of all queues of the vhost.
std::string get_queues(std::string url, const runtime::amqp::BrokerUrl& broker) {
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) throw std::runtime_error("curl could not be initialised");
  while (url.ends_with('/')) url.pop_back();
  const auto address = url + "/api/queues/" + escaped(curl, broker.vhost) +
                       "?columns=name,policy,operator_policy,effective_policy_definition,arguments";
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kTimeoutSeconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &append_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  // With the certificates of curl's own store otherwise.
  if (!broker.ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, broker.ca_file.c_str());
  if (url.find('@') == std::string::npos) {
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, broker.user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, broker.password.c_str());
  }
  std::array<char, CURL_ERROR_SIZE> error{};
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, error.data());
  if (const auto result = curl_easy_perform(curl.get()); result != CURLE_OK) {
    std::string text("the management API does not answer: ");
    text.append(error[0] == '\0' ? curl_easy_strerror(result) : error.data());
    if (is_about_certificate(result)) text.append("; RABBITMQ_CA_FILE should contain the certificate of its authority");
    throw std::runtime_error(text);
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != kOk) throw std::runtime_error("the management API answers " + std::to_string(status));
  return body;
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

QueuePolicies read_queue(const Json& described) {
  QueuePolicies queue{
      text_in(described, "name"), text_in(described, "policy"), text_in(described, "operator_policy"), {}, {}, {}};
  const auto arguments = described.value("arguments", Json::object());
  if (auto overflow = text_in(arguments, "x-overflow"); !overflow.empty()) queue.overflow_argument = overflow;
  const auto effective = described.find("effective_policy_definition");
  if (effective == described.end() || !effective->is_object()) return queue;
  if (auto overflow = text_in(*effective, "overflow"); !overflow.empty()) queue.overflow = overflow;
  for (const auto* limit : kLimits) {
    const auto number = effective->find(limit);
    if (number != effective->end() && number->is_number_integer()) queue.limits[limit] = number->get<std::int64_t>();
  }
  return queue;
}

}  // namespace

std::vector<QueuePolicies> read_queue_policies(const std::string& url, const runtime::amqp::BrokerUrl& broker,
                                               const std::string& prefix) {
  const auto described = Json::parse(get_queues(url, broker), nullptr, false);
  if (!described.is_array()) throw std::runtime_error("the management API sent no list of queues");
  std::vector<QueuePolicies> queues;
  for (const auto& queue : described) {
    if (queue.is_object() && text_in(queue, "name").starts_with(prefix)) queues.push_back(read_queue(queue));
  }
  return queues;
}

}  // namespace esteira::cli
