#include "cli/dlq/redrive_run.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "cli/dlq/order_ending.hpp"
#include "runtime/amqp/topology.hpp"
#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/lifecycle/stop_flag.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;
using orders::RedriveResult;
using std::chrono::milliseconds;

constexpr std::size_t kRedrivePage = 100;
constexpr std::int64_t kSecondInMs = 1000;

orders::OutboxEvent event_of(orders::DeadLetter&& letter) {
  return {letter.order_id,       "", std::move(letter.stage_queue), letter.redrive + 1, std::move(letter.traceparent),
          std::move(letter.body)};
}

/// Tells of an order that an operator gave up, or that ended otherwise: nobody is to wait for it.
void tell_if_ended(DlqSession& session, const orders::DeadLetter& letter, RedriveResult result) {
  if (result == RedriveResult::given_up) {
    std::fprintf(stderr, "order %s was given up at the stage %s: it is not redriven\n", letter.order_id.c_str(),
                 letter.stage.c_str());
  } else if (result == RedriveResult::order_ended) {
    std::fprintf(stderr,
                 "%s: it is not redriven to the stage %s, which would charge or ship it; to drop the dead letter: "
                 "esteira dlq purge --order %s --stage %s\n",
                 read_ending(session, letter.order_id).text.c_str(), letter.stage.c_str(), letter.order_id.c_str(),
                 letter.stage.c_str());
  }
}

}  // namespace

RedriveRun::RedriveRun(DlqSession& session, Options options)
    : session_(session),
      options_(std::move(options)),
      failed_orders_(session.database, options_.filter, Cursor::Source::failed_orders),
      canary_(options_.canary, options_.canary_timeout),
      relay_(session.installation.broker, session.database) {}

std::size_t RedriveRun::count() {
  Cursor kept_messages(session_.database, options_.filter, Cursor::Source::kept_messages);
  return std::min(options_.limit, failed_orders_.count() + kept_messages.count());
}

std::string RedriveRun::run() {
  auto failure = redrive_failed_orders();
  relay_.flush();
  // Nothing is left to protect, but the exit code has to tell whether the canary passed.
  if (failure.empty() && options_.canary > 0 && !canary_passed_) failure = await_canary();
  summary_.messages = drain_after_command(session_.installation, session_.database, options_.filter.stage,
                                          summary_.redriven + summary_.stale);
  if (failure.empty()) redrive_kept_messages();
  relay_.flush();
  return failure;
}

/// Returns why the canary failed.
std::string RedriveRun::redrive_failed_orders() {
  for (auto page = failed_orders_.next(kRedrivePage); !page.empty(); page = failed_orders_.next(kRedrivePage)) {
    auto bodies = read_bodies(session_.database, page);
    for (std::size_t i = 0; i < page.size(); ++i) {
      if (summary_.total() >= options_.limit) return {};
      if (canary_.full() && !canary_passed_) {
        auto failure = await_canary();
        if (!failure.empty()) {
          summary_.left = page.size() - i + failed_orders_.count();
          return failure;
        }
      }
      if (bodies[i].empty()) {
        ++summary_.unreadable;
        continue;
      }
      redrive(page[i], std::move(bodies[i]));
    }
  }
  return {};
}

std::string RedriveRun::await_canary() {
  relay_.flush();
  std::fprintf(stderr, "waiting for the canary\n");
  auto failure = canary_.wait(session_.database);
  canary_passed_ = failure.empty();
  return failure;
}

void RedriveRun::redrive_kept_messages() {
  Cursor kept_messages(session_.database, options_.filter, Cursor::Source::kept_messages);
  for (auto page = kept_messages.next(kRedrivePage); !page.empty(); page = kept_messages.next(kRedrivePage)) {
    auto bodies = read_bodies(session_.database, page);
    for (std::size_t i = 0; i < page.size(); ++i) {
      if (summary_.total() >= options_.limit) return;
      page[i].fault.empty() ? redrive(page[i], std::move(bodies[i])) : static_cast<void>(++summary_.malformed);
    }
  }
}

void RedriveRun::redrive(const Record& record, std::string&& body) {
  orders::DeadLetter letter{record.order_id,
                            record.stage,
                            record.redrive,
                            record.reason,
                            runtime::amqp::stage_queue(session_.installation.exchange, record.stage),
                            record.traceparent,
                            std::move(body)};
  if (letter.traceparent.empty()) letter.traceparent = runtime::Trace::make().header();
  const auto result = redrive_dead_letter(session_.database, letter);
  runtime::crash_point("claimed");
  summary_.count(result);
  tell_if_ended(session_, letter, result);
  const bool is_done =
      result == RedriveResult::redriven || result == RedriveResult::stale || result == RedriveResult::given_up;
  if (is_done && !record.message_key.empty()) orders::remove_kept_message(session_.database, record.message_key);
  if (result == RedriveResult::redriven) {
    canary_.add(letter);
    relay_.add(event_of(std::move(letter)));
    if (relay_.full() || options_.rate > 0) relay_.flush();
  }
  summary_.show_progress("redrive");
  if (options_.rate > 0)
    runtime::StopFlag().wait_for(milliseconds(kSecondInMs / static_cast<std::int64_t>(options_.rate)));
}

}  // namespace esteira::cli
