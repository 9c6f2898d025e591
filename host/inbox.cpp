#include "host/inbox.hpp"

#include <exception>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/orders/store/ledger.hpp"

namespace esteira::host {

namespace {

constexpr std::size_t kMaxLookups = 256;

}  // namespace

Inbox::Inbox(const std::string& database_url, std::string stage, OnEnded on_ended, OnOpen on_open)
    : stage_(std::move(stage)),
      on_ended_(std::move(on_ended)),
      on_open_(std::move(on_open)),
      session_(database_url, "esteira-host inbox", runtime::orders::prepare_ledger),
      thread_([this] { run(); }) {}

Inbox::~Inbox() { stop(); }

void Inbox::stop() {
  stopping_.set();
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Inbox::run() {
  runtime::Backoff backoff(std::chrono::milliseconds(50), std::chrono::milliseconds(2000));
  while (!stopping_.is_set()) {
    const auto jobs = queue_.pop(kMaxLookups);
    while (!jobs.empty() && !stopping_.is_set()) {
      try {
        sort_out(jobs);
        backoff.reset();
        outage_.recovered();
        break;
      } catch (const std::exception& error) {
        outage_.failed(error.what());
        stopping_.wait_for(backoff.next());
      }
    }
  }
}

void Inbox::sort_out(const std::vector<JobPtr>& jobs) {
  const auto endings = find(jobs);
  std::vector<std::pair<JobPtr, runtime::orders::TerminalResult>> ended;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (endings[i]) {
      ended.emplace_back(jobs[i], *endings[i]);
    } else {
      on_open_(jobs[i]);
    }
  }
  if (!ended.empty()) on_ended_(ended);
}

std::vector<std::optional<runtime::orders::TerminalResult>> Inbox::find(const std::vector<JobPtr>& jobs) {
  std::vector<runtime::orders::RedriveKey> keys;
  keys.reserve(jobs.size());
  for (const auto& job : jobs) keys.push_back({job->message.order_id, job->message.redrive});
  return runtime::orders::find_terminal_results(session_, stage_, keys);
}

}  // namespace esteira::host
