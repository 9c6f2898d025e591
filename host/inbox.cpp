#include "host/inbox.hpp"

#include "runtime/lifecycle/retry.hpp"
#include "runtime/orders/store/ledger.hpp"

namespace esteira::host {

namespace {

constexpr std::size_t kMaxInboxLookups = 256;

}  // namespace

Inbox::Inbox(const std::string& database_url, std::string stage, Routes routes)
    : stage_(std::move(stage)),
      routes_(std::move(routes)),
      session_(database_url, "esteira-host inbox", runtime::orders::prepare_ledger),
      thread_([this] { run(); }) {}

Inbox::~Inbox() { stop(); }

void Inbox::stop() {
  stopping_.set();
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void Inbox::run() {
  while (!stopping_.is_set()) {
    const auto jobs = queue_.pop(kMaxInboxLookups);
    if (!jobs.empty()) look_up(jobs);
  }
}

void Inbox::look_up(const std::vector<JobPtr>& jobs) {
  std::vector<runtime::orders::MessageState> states;
  const auto read = [&] { states = runtime::orders::find_message_states(session_, stage_, message_keys(jobs)); };
  if (runtime::retry_until_done(stopping_, outage_, read)) route(jobs, states);
}

void Inbox::route(const std::vector<JobPtr>& jobs, std::vector<runtime::orders::MessageState>& states) const {
  Duplicates duplicates;
  std::vector<JobPtr> to_run;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (states[i].result) {
      duplicates.emplace_back(jobs[i], std::move(*states[i].result));
    } else if (jobs[i]->is_redelivered) {
      routes_.redelivered(jobs[i]);
    } else if (states[i].is_cancel_requested) {
      routes_.cancelled(jobs[i]);
    } else {
      to_run.push_back(jobs[i]);
    }
  }
  if (!duplicates.empty()) routes_.recorded(duplicates);
  if (!to_run.empty()) routes_.to_run(std::move(to_run));
}

}  // namespace esteira::host
