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

/// Tells a client for whom there is no room to come again, as far as that can be done without waiting for it. What it
/// has sent is read first: a socket that is closed with input unread resets, and the answer may be lost.
void reject_connection(int fd) {
  auto answer = problem(503, "too many clients are connected");
  answer.headers.emplace_back("Retry-After", "1");
  const auto bytes = render(answer, {random_uuid(), false, false});
  constexpr int kMaxReads = 4;
  std::array<char, 4096> ignored;
  for (int i = 0; i<kMaxReads&& ::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT)> 0; ++i) {
  }
  ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(fd, SHUT_WR);
}

int descriptor_of(Pistache::Polling::Tag tag) { return static_cast<int>(tag.value()); }

}  // namespace

/// Hears of a new client just before Pistache polls its socket.
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

// The queue of new clients is private to Pistache. A client without a socket, before the thread starts, shows which
// event it raises; Pistache refuses that client with an exception, first when it is queued and again when it is taken.
void GuardedTransport::detect_accept_event(Pistache::Polling::Epoll& poller) {
  const auto nobody = Pistache::Tcp::Peer::Create(-1, Pistache::Address());
  std::vector<Pistache::Polling::Event> events;
  try {
    handleNewPeer(nobody);
  } catch (const std::runtime_error&) {
    poller.poll(events, std::chrono::milliseconds(0));
  }
  if (events.size() != 1) throw std::logic_error("this Pistache does not queue new clients as expected");
  queue_ = events.front().tag;
  try {
    Transport::onReady(Pistache::Aio::FdSet(std::move(events)));
  } catch (const std::runtime_error&) {
    return;
  }
  throw std::logic_error("this Pistache does not take new clients as expected");
}

void GuardedTransport::onReady(const Pistache::Aio::FdSet& fds) {
  for (std::size_t i = 0; i < fds.size(); ++i) {
    const auto tag = fds[i].getTag();
    if (tag == queue_) {
      if (!empty_queue()) notify();
      welcome_new_clients();
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

// False when it stopped before the end.
bool GuardedTransport::empty_queue() {
  Pistache::Polling::Event event(queue_);
  event.flags.setFlag(NotifyOn::Read);
  try {
    Transport::onReady(Pistache::Aio::FdSet({event}));
    return true;
  } catch (const std::exception& error) {
    if (!ended_) log::error("a client could not be taken", {{"error", error.what()}});
    return false;
  }
}

// Pistache begins to poll the socket when this returns: until then it must stay open.
void GuardedTransport::adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer) {
  const int fd = peer->fd();
  peers.erase(fd);
  new_clients_.push_back({fd, std::make_shared<Connection>(core_, fd, this)});
  if (ended_) throw std::runtime_error("the server has ended");
}

void GuardedTransport::welcome_new_clients() {
  for (const auto& client : new_clients_) {
    if (core_->connections.add(client.fd, client.connection, core_->options.max_connections)) {
      wake(client.fd);
    } else {
      reject_connection(client.fd);
      client.connection->close();
    }
  }
  new_clients_.clear();
}

// Changing what is polled raises an event for what is ready already, and a socket is nearly always ready for writing.
void GuardedTransport::wake(int fd) noexcept {
  try {
    reactor()->modifyFd(key(), fd, NotifyOn::Read | NotifyOn::Write | NotifyOn::Shutdown,
                        Pistache::Polling::Mode::Edge);
  } catch (const std::exception& error) {
    log::error("a client cannot be polled", {{"error", error.what()}});
  }
}

void GuardedTransport::notify() const { ::eventfd_write(descriptor_of(queue_), 1); }

void GuardedTransport::close_leftovers() {
  ended_ = true;
  while (!empty_queue()) new_clients_.clear();
}

}  // namespace esteira::runtime::http
