#include "cli/dlq/give_up_run.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "runtime/lifecycle/crash_point.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/orders/operations/dead_letter_messages.hpp"

namespace esteira::cli {
namespace {

namespace orders = runtime::orders;
using Kind = orders::GiveUpResult::Kind;

constexpr std::size_t kGiveUpPage = 100;

}  // namespace

GiveUpRun::GiveUpRun(DlqSession& session, Options options)
    : session_(session),
      options_(std::move(options)),
      refused_events_(session),
      failed_orders_(session.database, options_.filter, Cursor::Source::failed_orders),
      relay_(session.installation.broker, session.database) {}

std::size_t GiveUpRun::count() {
  Cursor kept_messages(session_.database, options_.filter, Cursor::Source::kept_messages);
  return std::min(options_.limit, failed_orders_.count() + kept_messages.count());
}

void GiveUpRun::run() {
  give_up_all(failed_orders_);
  relay_.flush();
  if (!options_.dry_run) {
    summary_.messages =
        drain_after_command(session_.installation, session_.database, options_.filter.stage, summary_.total());
  }
  Cursor kept_messages(session_.database, options_.filter, Cursor::Source::kept_messages);
  give_up_all(kept_messages);
  relay_.flush();
}

void GiveUpRun::give_up_all(Cursor& cursor) {
  for (auto page = cursor.next(kGiveUpPage); !page.empty(); page = cursor.next(kGiveUpPage)) {
    auto bodies = read_bodies(session_.database, page);
    for (std::size_t i = 0; i < page.size(); ++i) {
      if (summary_.total() >= options_.limit) return;
      give_up(page[i], std::move(bodies[i]));
      summary_.show_progress("give-up");
    }
  }
}

void GiveUpRun::give_up(const Record& record, std::string&& body) {
  const auto [event, fault] = refused_events_.find(record.stage);
  if (!record.fault.empty()) {
    ++summary_.malformed;
  } else if (event.empty()) {
    ++summary_.no_event;
    tell_once(fault);
  } else if (body.empty()) {
    ++summary_.unreadable;
  } else if (options_.dry_run) {
    ++summary_.given_up;
  } else {
    write(record, event, std::move(body));
  }
}

void GiveUpRun::write(const Record& record, const std::string& event, std::string&& body) {
  const orders::DeadLetter letter{
      record.order_id, record.stage, record.redrive,
      record.reason,   "",           record.traceparent.empty() ? runtime::Trace::make().header() : record.traceparent,
      std::move(body)};
  auto to_give_up = make_give_up(letter, options_.note, session_.installation.exchange, event);
  const auto result = give_up_dead_letter(session_.database, to_give_up);
  runtime::crash_point("claimed");
  count(record, result);
  const bool is_done = result.kind == Kind::given_up || result.kind == Kind::already || result.kind == Kind::moved_on;
  if (is_done && !record.message_key.empty()) orders::remove_kept_message(session_.database, record.message_key);
  if (result.kind != Kind::given_up) return;
  relay_.add(std::move(to_give_up.event));
  if (relay_.full()) relay_.flush();
}

void GiveUpRun::count(const Record& record, const orders::GiveUpResult& result) {
  switch (result.kind) {
    case Kind::given_up:
      ++summary_.given_up;
      return;
    case Kind::already:
      ++already_;
      ++summary_.stale;
      break;
    case Kind::moved_on:
      ++summary_.stale;
      break;
    case Kind::unknown_order:
      ++summary_.unknown_order;
      break;
    case Kind::refused:
      ++summary_.refused;
      break;
  }
  std::fprintf(stderr, "order %s %s: nothing was done for its dead letter of the stage %s\n", record.order_id.c_str(),
               result.state.c_str(), record.stage.c_str());
}

void GiveUpRun::tell_once(const std::string& fault) {
  if (told_.insert(fault).second) std::fprintf(stderr, "%s\n", fault.c_str());
}

}  // namespace esteira::cli
