#include "runtime/lifecycle/service_notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "runtime/lifecycle/file_descriptor.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/text/parse_integer.hpp"

namespace esteira::runtime {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kPauseUntilReady{100};
constexpr milliseconds kPause{1000};
/// The process ends up to a second after its own limit (exit_deadline.cpp); systemd must not kill it before.
constexpr milliseconds kStopGrace{2000};

std::string variable(const char* name) {
  const auto* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// How often systemd expects a sign of life; zero when it expects none of this process.
milliseconds watchdog_period() {
  const auto process = variable("WATCHDOG_PID");
  if (!process.empty() && process != std::to_string(::getpid())) return milliseconds(0);
  const auto period = parse_integer<std::int64_t>(variable("WATCHDOG_USEC")).value_or(0);
  return std::chrono::duration_cast<milliseconds>(microseconds(std::max<std::int64_t>(period, 0)));
}

struct UnixAddress {
  sockaddr_un value{};
  socklen_t size = 0;
};

/// A path, or "@name" in the abstract namespace. Nothing when it does not fit.
std::optional<UnixAddress> unix_address(const std::string& name) {
  UnixAddress address;
  address.value.sun_family = AF_UNIX;
  if (name.size() >= sizeof(address.value.sun_path) || (name.front() != '/' && name.front() != '@')) return {};
  std::memcpy(address.value.sun_path, name.data(), name.size());
  if (name.front() == '@') address.value.sun_path[0] = '\0';
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return address;
}

/// Zero, or the error number. Never blocks: systemd may be busy, and the program must not wait for it.
int send_datagram(const std::string& socket_name, const std::string& text) {
  const auto address = unix_address(socket_name);
  if (!address) return EINVAL;
  const FileDescriptor descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (descriptor.get() < 0) return errno;
  const auto* const target = reinterpret_cast<const sockaddr*>(&address->value);
  const auto sent =
      ::sendto(descriptor.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT, target, address->size);
  return sent < 0 ? errno : 0;
}

/// One line, as STATUS must be.
std::string describe(const std::vector<Readiness::Missing>& missing) {
  std::string text = missing.empty() ? "ready" : "not ready";
  for (const auto& [name, reason] : missing) {
    text.append(&missing.front().name == &name ? ": " : "; ").append(name).append(": ").append(reason);
  }
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

ServiceNotifier::ServiceNotifier(const Readiness& readiness, Liveness liveness)
    : readiness_(readiness),
      liveness_(std::move(liveness)),
      socket_(variable("NOTIFY_SOCKET")),
      watchdog_period_(watchdog_period()) {
  if (!socket_.empty()) thread_ = std::thread([this] { report_until_stopped(); });
}

ServiceNotifier::~ServiceNotifier() { join(); }

void ServiceNotifier::join() {
  stopping_.set();
  if (thread_.joinable()) thread_.join();
}

void ServiceNotifier::report_stop(milliseconds timeout) {
  if (socket_.empty()) return;
  join();
  const auto limit = std::chrono::duration_cast<microseconds>(timeout + kStopGrace).count();
  send("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=" + std::to_string(limit));
}

void ServiceNotifier::report_until_stopped() {
  do {
    report_readiness();
    report_liveness();
  } while (!stopping_.wait_for(pause()));
}

milliseconds ServiceNotifier::pause() const {
  const auto longest = is_ready_sent_ ? kPause : kPauseUntilReady;
  return watchdog_period_.count() == 0 ? longest : std::clamp(watchdog_period_ / 4, milliseconds(1), longest);
}

void ServiceNotifier::report_readiness() {
  const auto missing = readiness_.missing();
  const auto status = describe(missing);
  const bool becomes_ready = missing.empty() && !is_ready_sent_;
  if (status == sent_status_ && !becomes_ready) return;
  if (!send((becomes_ready ? "READY=1\nSTATUS=" : "STATUS=") + status)) return;
  is_ready_sent_ = is_ready_sent_ || becomes_ready;
  sent_status_ = status;
}

void ServiceNotifier::report_liveness() {
  if (watchdog_period_.count() > 0 && (!liveness_ || liveness_().empty())) send("WATCHDOG=1");
}

bool ServiceNotifier::send(const std::string& state) {
  const int error = send_datagram(socket_, state);
  if (error != 0 && !std::exchange(has_logged_, true)) {
    log::warn("systemd does not take the state of the program",
              {{"socket", socket_}, {"error", std::generic_category().message(error)}});
  }
  return error == 0;
}

}  // namespace esteira::runtime
