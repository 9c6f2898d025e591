#include "host/committer.hpp"

#include <exception>
#include <utility>

#include "runtime/lifecycle/backoff.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/orders/ledger.hpp"
#include "runtime/postgres/trouble.hpp"

namespace esteira::host {

namespace {

using runtime::orders::Applied;
using runtime::orders::Effect;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Committer::Committer(const std::string& database_url, std::size_t batch_size, HostMetrics& metrics,
                     OnCommitted on_committed, OnRefused on_refused)
    : metrics_(metrics),
      batch_size_(batch_size),
      on_committed_(std::move(on_committed)),
      on_refused_(std::move(on_refused)),
      session_(database_url, "esteira-host committer", runtime::orders::prepare_ledger),
      thread_([this] { run(); }) {}

Committer::~Committer() { stop(std::chrono::milliseconds(0)); }

void Committer::stop(std::chrono::milliseconds patience) {
  queue_.close();
  if (!ended_.wait_for(patience)) give_up_.set();
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  while (!give_up_.is_set()) {
    auto batch = queue_.pop(batch_size_);
    if (batch.empty()) break;
    commit(std::move(batch));
  }
  ended_.set();
}

void Committer::commit(std::vector<Judgement> batch) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Applied> applied;
  try {
    if (!write(batch, applied)) return;
  } catch (const std::exception& error) {
    commit_each(std::move(batch), runtime::postgres::first_line(error.what()));
    return;
  }
  runtime::crash_point("committed");
  metrics_.commit_seconds.Observe(seconds_since(start));
  metrics_.commit_batch_size.Observe(static_cast<double>(batch.size()));
  on_committed_(batch, applied);
}

/// PostgreSQL refused something of the batch for good: one by one, so that only the offender is touched by it.
void Committer::commit_each(std::vector<Judgement> batch, const std::string& error) {
  if (batch.size() == 1) return commit_as_failed(std::move(batch.front()), error);
  for (auto& judgement : batch) {
    std::vector<Judgement> one;
    one.push_back(std::move(judgement));
    commit(std::move(one));
  }
}

/// An offender becomes a failed order with the reason. One that cannot even be that must not stay here unseen: its
/// message goes to where the dead letters are, from which the audit and a redrive bring the order back.
void Committer::commit_as_failed(Judgement judgement, const std::string& error) {
  auto& effect = judgement.effect;
  runtime::log::error("the outcome cannot be stored", {{"order_id", effect.order_id}, {"error", error}});
  if (effect.kind == Effect::Kind::failed) {
    return on_refused_(judgement.job, effect.detail + " (nor could this be stored: " + error + ")");
  }
  effect.kind = Effect::Kind::failed;
  effect.detail = "the stage's outcome could not be stored";
  std::vector<Judgement> one;
  one.push_back(std::move(judgement));
  commit(std::move(one));
}

bool Committer::write(std::vector<Judgement>& batch, std::vector<Applied>& applied) {
  runtime::Backoff backoff(std::chrono::milliseconds(50), std::chrono::milliseconds(2000));
  while (true) {
    try {
      applied = apply(batch);
      healthy_ = true;
      outage_.over();
      return true;
    } catch (const runtime::postgres::Unavailable& error) {
      healthy_ = false;
      outage_.met(error.what());
      if (give_up_.wait_for(backoff.next())) return false;
    }
  }
}

std::vector<Applied> Committer::apply(const std::vector<Judgement>& batch) {
  std::vector<const Effect*> effects;
  effects.reserve(batch.size());
  for (const auto& judgement : batch) effects.push_back(&judgement.effect);
  return runtime::orders::apply_batch(session_, effects);
}

}  // namespace esteira::host
