#include "http_client/transfer.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace http_client {
namespace {

// A connection that was idle for longer is not used again, and none lives for longer: so that the load finds new
// replicas of the service.
constexpr long kMaxIdleSeconds = 60;
constexpr long kMaxLifetimeSeconds = 300;
// A certificate authority that was replaced is noticed after that time.
constexpr long kCaCacheSeconds = 60;

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

}  // namespace

Transfer::Transfer(const Options& options, std::unique_ptr<Call> call, Request request,
                   std::chrono::milliseconds timeout)
    : options_(options),
      call_(std::move(call)),
      request_(std::move(request)),
      timeout_(std::max(timeout, std::chrono::milliseconds(1))),  // curl takes 0 as no timeout
      handle_(curl_easy_init()) {
  if (handle_ == nullptr) throw std::runtime_error("curl could not create a request");
  set_request();
  set_connection();
  set_response();
}

Transfer::~Transfer() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(headers_);
}

template <class T>
void Transfer::set(CURLoption option, T value) {
  curl_easy_setopt(handle_, option, value);
}

template <class T>
T Transfer::info(CURLINFO name) const {
  T value{};
  curl_easy_getinfo(handle_, name, &value);
  return value;
}

void Transfer::set_request() {
  for (const auto& header : request_.headers) headers_ = curl_slist_append(headers_, header.c_str());
  // curl would ask first whether a large body is wanted, which costs a round trip.
  headers_ = curl_slist_append(headers_, "Expect:");
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_USERAGENT, "esteira");
  if (request_.is_get) return set(CURLOPT_HTTPGET, 1L);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
  set(CURLOPT_POSTFIELDS, request_.body.c_str());
}

void Transfer::set_connection() {
  auto url = options_.endpoint.url;
  if (!request_.path.empty() && url.ends_with('/')) url.pop_back();
  set(CURLOPT_URL, url.append(request_.path).c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  // A name that is still looked up must not delay the end.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
  set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(CURLOPT_MAXLIFETIME_CONN, kMaxLifetimeSeconds);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_CA_CACHE_TIMEOUT, kCaCacheSeconds);
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  if (options_.endpoint.unix_socket.empty()) return;
  set(CURLOPT_UNIX_SOCKET_PATH, options_.endpoint.unix_socket.c_str());
  set(CURLOPT_PROXY, "");
}

void Transfer::set_response() {
  set(CURLOPT_ERRORBUFFER, error_.data());
  set(CURLOPT_HEADERFUNCTION, &Transfer::receive_line);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::receive_body);
  set(CURLOPT_WRITEDATA, this);
}

std::size_t Transfer::receive_line(const char* data, std::size_t one, std::size_t size, void* transfer) noexcept {
  auto& self = *static_cast<Transfer*>(transfer);
  try {
    if (self.head_.take({data, one * size})) return size;
    self.limit_ = "the head of the response is larger than " + std::to_string(HeadReader::kMaxBytes / 1024) + " KiB";
  } catch (const std::exception& error) {
    self.limit_ = error.what();
  }
  return 0;
}

std::size_t Transfer::receive_body(const char* data, std::size_t one, std::size_t size, void* transfer) noexcept {
  auto& self = *static_cast<Transfer*>(transfer);
  try {
    const auto max = self.options_.max_response_bytes;
    if (self.response_.body.size() + size <= max) {
      self.response_.body.append(data, size * one);
      return size;
    }
    self.limit_ = "the response is larger than " + std::to_string(max / 1024) + " KiB";
  } catch (const std::exception& error) {
    self.limit_ = error.what();
  }
  return 0;
}

Result Transfer::result(CURLcode code) {
  if (code != CURLE_OK) return {{}, one_line(fault(code)), false};
  if (!head_.is_complete()) return {{}, "the connection ended in the head of the response", false};
  response_.status = info<long>(CURLINFO_RESPONSE_CODE);
  response_.on_new_connection = info<long>(CURLINFO_NUM_CONNECTS) > 0;
  return {std::move(response_), {}, false};
}

std::string Transfer::fault(CURLcode code) const {
  const auto within = " within " + std::to_string(timeout_.count()) + " ms";
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      if (info<curl_off_t>(CURLINFO_PRETRANSFER_TIME_T) == 0)
        return "no connection to " + options_.endpoint.place + within;
      return (info<curl_off_t>(CURLINFO_STARTTRANSFER_TIME_T) == 0 ? "no response" : "no complete response") + within;
    case CURLE_WRITE_ERROR:
      if (!limit_.empty()) return limit_;
      break;
    case CURLE_COULDNT_CONNECT:
      return connect_fault();
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return "the response is not HTTP/1.1";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return tls_fault();
    default:
      break;
  }
  return error_[0] == '\0' ? curl_easy_strerror(code) : error_.data();
}

std::string Transfer::connect_fault() const {
  auto text = "cannot connect to " + options_.endpoint.place;
  if (const auto error = info<long>(CURLINFO_OS_ERRNO); error != 0)
    text += ": " + std::generic_category().message(static_cast<int>(error));
  return text;
}

std::string Transfer::tls_fault() const {
  std::string text(error_[0] == '\0' ? "its certificate could not be verified" : error_.data());
  return text + "; CA_FILE should contain the certificate of its authority";
}

}  // namespace http_client
