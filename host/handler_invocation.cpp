#include "host/handler_invocation.hpp"

#include <string>
#include <utility>
#include <vector>

#include "runtime/logging/log.hpp"
#include "runtime/logging/trace.hpp"

namespace esteira::host {

HandlerInvocation::HandlerInvocation(JobPtr job, HandlerServices& services)
    : job_(std::move(job)), services_(services) {}

HandlerInvocation::~HandlerInvocation() {
  complete(Outcome::retry("the handler dropped the message without an outcome"));
}

void HandlerInvocation::begin() {
  began_ = std::chrono::steady_clock::now();
  deadline_ = began_ + services_.timeout;
  timer_ = services_.timers.schedule(deadline_, [self = weak_from_this()] {
    if (const auto invocation = self.lock()) invocation->expire();
  });
}

/// Runs on the timers' thread, perhaps before `begin` has stored `timer_`. The timer has fired: there is nothing to
/// cancel.
void HandlerInvocation::expire() {
  report_first(
      Outcome::retry("the handler gave no outcome within " + std::to_string(services_.timeout.count()) + " ms"));
}

void HandlerInvocation::complete(Outcome outcome) {
  if (report_first(std::move(outcome))) services_.timers.cancel(timer_);
}

/// True when this outcome was the first.
bool HandlerInvocation::report_first(Outcome outcome) {
  if (is_complete_.exchange(true)) return false;
  services_.handler_seconds.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count());
  services_.on_result({job_, std::move(outcome), began_});
  return true;
}

void HandlerInvocation::log_fields(LogLevel level, std::string_view text, const LogField* fields, std::size_t count) {
  if (!runtime::log::enabled(level)) return;
  const auto& message = job_->message;
  std::vector<runtime::log::Field> all{{"order_id", message.order_id},
                                       {"trace_id", runtime::trace_id_of(message.traceparent)},
                                       {"attempt", message.attempt}};
  for (std::size_t i = 0; i < count; ++i) all.emplace_back(fields[i].first, fields[i].second);
  runtime::log::write(level, text, all.data(), all.size());
}

bool HandlerInvocation::stop_requested() const {
  return services_.stopping.load() || std::chrono::steady_clock::now() >= deadline_;
}

bool HandlerInvocation::cancelled() const {
  return services_.is_cancelled && services_.is_cancelled(job_->message.order_id);
}

void HandlerInvocation::after(std::chrono::milliseconds delay, std::function<void()> task) {
  services_.timers.schedule(std::chrono::steady_clock::now() + delay, std::move(task));
}

}  // namespace esteira::host
