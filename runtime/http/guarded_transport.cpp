#include "runtime/http/guarded_transport.hpp"

#include <pistache/peer.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "runtime/http/render.hpp"
#include "runtime/logging/log.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::http {
namespace {

using Pistache::Polling::NotifyOn;

/// Responds with 503 to a client beyond the connection limit, as far as that is possible without blocking. Reads its
/// input first: closing a socket with unread input resets the connection, and the client may lose the response.
void reject_connection(int fd) {
  const auto bytes = render(too_many_clients(), {random_uuid(), false, false});
  constexpr int kMaxReads = 4;
  std::array<char, 4096> ignored;
  for (int i = 0; i<kMaxReads&& ::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT)> 0; ++i) {
  }
  ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
}

int descriptor_of(Pistache::Polling::Tag tag) { return static_cast<int>(tag.value()); }

}  // namespace

/// Pistache calls it with each new client, just before it polls the client's socket.
class GuardedTransport::AcceptHandler final : public Pistache::Tcp::Handler {
 public:
  std::shared_ptr<Pistache::Tcp::Handler> clone() const override { return std::make_shared<AcceptHandler>(); }
  void onInput(const char* /*buffer*/, std::size_t /*size*/,
               const std::shared_ptr<Pistache::Tcp::Peer>& /*peer*/) override {}
  void onConnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
    static_cast<GuardedTransport*>(transport())->adopt(peer);
  }
};

GuardedTransport::GuardedTransport(std::shared_ptr<ServerCore> core, std::weak_ptr<Clones> clones)
    : Transport(std::make_shared<AcceptHandler>()), core_(std::move(core)), clones_(std::move(clones)) {}

std::shared_ptr<Pistache::Aio::Handler> GuardedTransport::clone() const {
  auto made = std::make_shared<GuardedTransport>(core_, clones_);
  if (const auto clones = clones_.lock()) clones->push_back(made);
  return made;
}

void GuardedTransport::registerPoller(Pistache::Polling::Epoll& poller) {
  Transport::registerPoller(poller);
  detect_accept_event(poller);
}

// Pistache's queue of new clients is private, and so is the descriptor of its event. A client without a socket, queued
// before the thread starts, raises that event and so reveals it. Pistache rejects this client with an exception, once
// when it is queued and once when it is taken.
void GuardedTransport::detect_accept_event(Pistache::Polling::Epoll& poller) {
  const auto dummy = Pistache::Tcp::Peer::Create(-1, Pistache::Address());
  std::vector<Pistache::Polling::Event> events;
  try {
    handleNewPeer(dummy);
  } catch (const std::runtime_error&) {
    poller.poll(events, std::chrono::milliseconds(0));
  }
  if (events.size() != 1)
    throw std::logic_error("this version of Pistache does not queue new clients as expected: use 0.0.5");
  accept_event_ = events.front().tag;
  try {
    Transport::onReady(Pistache::Aio::FdSet(std::move(events)));
  } catch (const std::runtime_error&) {
    return;
  }
  throw std::logic_error("this version of Pistache does not take new clients as expected: use 0.0.5");
}

void GuardedTransport::onReady(const Pistache::Aio::FdSet& fds) {
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const auto tag = fds[i].getTag();
    if (tag == accept_event_) {
      if (!take_new_clients()) notify();
      admit_new_clients();
      continue;
    }
    const auto connection = core_->connections.find(descriptor_of(tag));
    if (!connection) continue;
    try {
      connection->on_ready();
    } catch (const std::exception& error) {
      log::error("a connection failed", {{"error", error.what()}});
      connection->close();
    }
  }
}

// Takes all clients from the queue. False when an exception stopped it before the end.
bool GuardedTransport::take_new_clients() {
  Pistache::Polling::Event event(accept_event_);
  event.flags.setFlag(NotifyOn::Read);
  try {
    Transport::onReady(Pistache::Aio::FdSet({event}));
    return true;
  } catch (const std::exception& error) {
    if (!ended_) log::error("a new client could not be accepted", {{"error", error.what()}});
    return false;
  }
}

// Pistache starts to poll the socket after this returns, so the socket must stay open until then.
void GuardedTransport::adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  const int fd = peer->fd();
  peers.erase(fd);
  new_clients_.push_back({fd, std::make_shared<Connection>(core_, fd, this)});
  if (ended_) throw std::runtime_error("the server has ended");
}

void GuardedTransport::admit_new_clients() {
  for (const auto& client : new_clients_) {
    if (admit(client)) {
      wake(client.fd);
    } else {
      refuse(client);
    }
  }
  new_clients_.clear();
}

bool GuardedTransport::make_room() const {
  const auto closed = core_->connections.close_idle_longest();
  for (std::size_t i = 0; i < closed && core_->options.on_dropped; ++i)
    core_->options.on_dropped(ServerOptions::Dropped::idle);
  return closed > 0;
}

bool GuardedTransport::admit(const NewClient& client) {
  const auto& options = core_->options;
  if (core_->connections.add(client.fd, client.connection, options.max_connections)) return true;
  if (core_->draining) return false;
  if (core_->limit_warnings.admit("")) {
    log::warn("the limit of connections is reached: the ones that are idle longest are closed",
              {{"limit", options.max_connections}});
  }
  // Another thread may take the room that this one makes.
  while (make_room()) {
    if (core_->connections.add(client.fd, client.connection, options.max_connections)) return true;
  }
  if (!options.has_priority) return false;
  client.connection->set_reserved();
  return core_->connections.add(client.fd, client.connection, options.max_connections + kReservedConnections);
}

void GuardedTransport::refuse(const NewClient& client) {
  if (core_->options.on_dropped && !core_->draining) core_->options.on_dropped(ServerOptions::Dropped::refused);
  reject_connection(client.fd);
  client.connection->close();
}

// Modifying an edge-triggered poll raises an event for each condition that is met already, and a socket is nearly
// always writable.
void GuardedTransport::wake(int fd) noexcept {
  try {
    reactor()->modifyFd(key(), fd, NotifyOn::Read | NotifyOn::Write | NotifyOn::Shutdown,
                        Pistache::Polling::Mode::Edge);
  } catch (const std::exception& error) {
    log::error("the socket of a client cannot be polled", {{"error", error.what()}});
  }
}

void GuardedTransport::notify() const { ::eventfd_write(descriptor_of(accept_event_), 1); }

void GuardedTransport::close_leftovers() {
  ended_ = true;
  while (!take_new_clients()) new_clients_.clear();
}

}  // namespace esteira::runtime::http
