#include "host/inbox.hpp"

#include "runtime/lifecycle/retry.hpp"
#include "runtime/orders/store/ledger.hpp"

namespace esteira::host {

namespace {

constexpr std::size_t kMaxLookups = 256;

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
    const auto jobs = queue_.pop(kMaxLookups);
    if (!jobs.empty()) route(jobs);
  }
}

void Inbox::route(const std::vector<JobPtr>& jobs) {
  std::vector<std::optional<runtime::orders::TerminalResult>> results;
  const auto look_up = [&] { results = runtime::orders::find_terminal_results(session_, stage_, redrive_keys(jobs)); };
  if (!runtime::retry_until_done(stopping_, outage_, look_up)) return;
  Duplicates duplicates;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (results[i]) {
      duplicates.emplace_back(jobs[i], std::move(*results[i]));
    } else {
      routes_.unrecorded(jobs[i]);
    }
  }
  if (!duplicates.empty()) routes_.recorded(duplicates);
}

}  // namespace esteira::host
