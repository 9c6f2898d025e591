#include "supplier_call.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "supplier_protocol.hpp"

namespace enrich {
namespace {

constexpr std::size_t kMaxResponse = 65'536;

}  // namespace

SupplierCall::SupplierCall(esteira::Task task, const std::string& url, std::chrono::milliseconds timeout)
    : task_(std::move(task)), body_(request_body(task_.message())), handle_(curl_easy_init()) {
  if (handle_ == nullptr) throw std::runtime_error("curl could not create a request");
  add_header("Content-Type: application/json");
  add_header("Idempotency-Key: " + task_.message().idempotency_key());
  if (!task_.message().traceparent.empty()) add_header("traceparent: " + task_.message().traceparent);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, time_left(timeout));
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  set(CURLOPT_POSTFIELDS, body_.c_str());
  set(CURLOPT_WRITEFUNCTION, &SupplierCall::receive);
  set(CURLOPT_WRITEDATA, this);
}

SupplierCall::~SupplierCall() {
  curl_easy_cleanup(handle_);
  curl_slist_free_all(headers_);
}

void SupplierCall::finish(CURLcode code) const {
  task_.context().count("supplier_calls");
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    task_.complete(outcome_of(status, response_));
  } else {
    const std::string reason =
        code == CURLE_WRITE_ERROR ? "the response is larger than 64 KiB" : curl_easy_strerror(code);
    task_.complete(esteira::Outcome::retry("the request to the supplier failed: " + reason));
  }
}

void SupplierCall::abandon() const {
  task_.complete(esteira::Outcome::retry("the host stopped during the request to the supplier"));
}

template <class T>
void SupplierCall::set(CURLoption option, T value) {
  curl_easy_setopt(handle_, option, value);
}

void SupplierCall::add_header(const std::string& line) { headers_ = curl_slist_append(headers_, line.c_str()); }

// At least 1 ms: curl takes 0 as no timeout.
long SupplierCall::time_left(std::chrono::milliseconds timeout) const {
  const auto left = task_.context().deadline() - std::chrono::steady_clock::now();
  const auto allowed = std::min(timeout, std::chrono::floor<std::chrono::milliseconds>(left));
  return static_cast<long>(std::max<std::int64_t>(1, allowed.count()));
}

std::size_t SupplierCall::receive(const char* data, std::size_t one, std::size_t size, void* call) {
  auto& response = static_cast<SupplierCall*>(call)->response_;
  if (response.size() + size > kMaxResponse) return 0;
  response.append(data, size * one);
  return size;
}

}  // namespace enrich
