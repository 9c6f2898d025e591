#include "supplier_client.hpp"

#include <stdexcept>
#include <utility>

namespace enrich {
namespace {

constexpr long kMaxConnections = 256;
// The longest time until a request notices that the host stops.
constexpr int kPollMilliseconds = 100;

void check_url(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      (!url.starts_with("http://") && !url.starts_with("https://")))
    throw std::invalid_argument("URL should be an http:// or https:// address");
}

}  // namespace

SupplierClient::SupplierClient(std::string url, std::chrono::milliseconds timeout)
    : url_(std::move(url)), timeout_(timeout) {
  check_url(url_);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::runtime_error("curl could not be initialised");
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, kMaxConnections);
  thread_ = std::thread([this] { run(); });
}

SupplierClient::~SupplierClient() {
  stopped_ = true;
  curl_multi_wakeup(multi_);
  thread_.join();
  while (!calls_.empty()) take(calls_.begin()->first);
  curl_multi_cleanup(multi_);
}

void SupplierClient::ask(esteira::Task task) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  curl_multi_wakeup(multi_);
}

void SupplierClient::run() {
  while (!stopped_) {
    begin_waiting();
    int running = 0;
    curl_multi_perform(multi_, &running);
    finish_answered();
    abandon_stopped();
    curl_multi_poll(multi_, nullptr, 0, calls_.empty() ? 10 * kPollMilliseconds : kPollMilliseconds, nullptr);
  }
}

void SupplierClient::begin_waiting() {
  std::vector<esteira::Task> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(waiting_);
  }
  for (const auto& task : tasks) {
    try {
      auto call = std::make_unique<SupplierCall>(task, url_, timeout_);
      auto* const handle = call->handle();
      calls_.emplace(handle, std::move(call));
      curl_multi_add_handle(multi_, handle);
    } catch (const std::exception& error) {
      task.complete(esteira::Outcome::retry(error.what()));
    }
  }
}

void SupplierClient::finish_answered() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    const auto code = message->data.result;  // `take` invalidates the message
    take(message->easy_handle)->finish(code);
  }
}

void SupplierClient::abandon_stopped() {
  for (auto next = calls_.begin(); next != calls_.end();) {
    const auto& call = *(next++)->second;
    if (!call.is_stopped()) continue;
    call.abandon();
    take(call.handle());
  }
}

std::unique_ptr<SupplierCall> SupplierClient::take(CURL* handle) {
  curl_multi_remove_handle(multi_, handle);
  return std::move(calls_.extract(handle).mapped());
}

}  // namespace enrich
