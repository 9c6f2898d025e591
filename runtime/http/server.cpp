#include "runtime/http/server.hpp"

#include <pistache/listener.h>
#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "runtime/http/connection.hpp"
#include "runtime/http/core.hpp"
#include "runtime/http/guarded_transport.hpp"
#include "runtime/http/listen_address.hpp"
#include "runtime/http/ticker.hpp"

namespace esteira::runtime::http {
namespace {

using std::chrono::milliseconds;
constexpr int kBacklog = 1024;
constexpr milliseconds kMaxTick{100};
constexpr milliseconds kMinTick{5};
constexpr milliseconds kDrainStep{5};

milliseconds tick_period(const ServerOptions& options) {
  const auto shortest =
      std::min({options.receive_timeout, options.idle_timeout, options.response_timeout, options.send_timeout});
  return std::clamp(shortest / 4, kMinTick, kMaxTick);
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos || host.starts_with('[') ? host : '[' + host + ']';
}

std::unique_ptr<Pistache::Tcp::Listener> listen_with(const std::shared_ptr<ServerCore>& core,
                                                     const std::shared_ptr<GuardedTransport::Clones>& transports) {
  using Pistache::Tcp::Options;
  const auto host = bracketed(core->options.listen.host);
  const auto port = core->options.listen.port;
  auto listener = std::make_unique<Pistache::Tcp::Listener>();
  listener->setTransportFactory([core, transports] { return std::make_shared<GuardedTransport>(core, transports); });
  listener->init(std::max<std::size_t>(core->options.threads, 1),
                 Pistache::Flags<Options>(Options::ReuseAddr | Options::NoDelay | Options::CloseOnExec), "http",
                 kBacklog);
  try {
    listener->bind(Pistache::Address(host, Pistache::Port(port)));
  } catch (const std::exception& error) {
    throw ConfigError("cannot listen on " + host + ':' + std::to_string(port) + ": " + error.what());
  }
  return listener;
}

}  // namespace

// The accepting thread would spin when no descriptor is left, so connections get three quarters of the limit.
std::size_t affordable_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  return std::min<std::size_t>(wanted, limit.rlim_cur / 4 * 3);
}

class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler);
  ~Impl() { drain(milliseconds(0)); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::size_t in_flight() const { return core_->in_flight; }
  void begin_drain() { core_->drain_begun = true; }
  void drain(milliseconds timeout);

 private:
  void tick() const;
  void stop_accepting();

  const std::shared_ptr<ServerCore> core_ = std::make_shared<ServerCore>();
  const std::shared_ptr<GuardedTransport::Clones> transports_ = std::make_shared<GuardedTransport::Clones>();
  std::unique_ptr<Pistache::Tcp::Listener> listener_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Ticker> ticker_;
};

Server::Impl::Impl(ServerOptions options, Handler handler) {
  options.max_connections = affordable_connections(options.max_connections);
  options.listen = choose_listen_address(std::move(options.listen));
  core_->options = std::move(options);
  core_->handler = std::move(handler);
  listener_ = listen_with(core_, transports_);
  port_ = listener_->getPort();
  listener_->runThreaded();
  ticker_ = std::make_unique<Ticker>(tick_period(core_->options), [this] { tick(); });
}

void Server::Impl::tick() const {
  const auto now = Connection::Clock::now();
  for (const auto& connection : core_->connections.all()) connection->on_tick(now);
  for (const auto& transport : *transports_) transport->notify();
}

void Server::Impl::drain(milliseconds timeout) {
  if (!listener_) return;
  const auto deadline = Connection::Clock::now() + timeout;
  stop_accepting();
  // The server threads have ended. This thread finishes their connections.
  for (auto open = core_->connections.all(); !open.empty() || core_->in_flight > 0; open = core_->connections.all()) {
    for (const auto& connection : open) connection->on_ready();
    if (Connection::Clock::now() >= deadline) break;
    std::this_thread::sleep_for(kDrainStep);
  }
  ticker_.reset();
  for (const auto& connection : core_->connections.all()) connection->close();
  core_->handler = nullptr;
}

void Server::Impl::stop_accepting() {
  core_->draining = true;
  core_->connections.stop_accepting();
  for (const auto& connection : core_->connections.all()) connection->detach();
  listener_.reset();
  for (const auto& transport : *transports_) transport->close_leftovers();
}

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() = default;

std::uint16_t Server::port() const { return impl_->port(); }

std::size_t Server::in_flight() const { return impl_->in_flight(); }

void Server::begin_drain() { impl_->begin_drain(); }

void Server::drain(milliseconds timeout) { impl_->drain(timeout); }

}  // namespace esteira::runtime::http
