#pragma once
#include <pistache/tcp.h>
#include <pistache/transport.h>

#include <memory>
#include <vector>

#include "runtime/http/connection.hpp"
#include "runtime/http/core.hpp"

namespace esteira::runtime::http {

/// Pistache's transport on one server thread. Pistache accepts a client, passes it to this thread and polls its socket.
/// This class takes over the client before Pistache reads a byte, so that Pistache neither reads, writes nor closes a
/// socket: its write queue identifies clients by descriptor alone and can send a response to the wrong client.
class GuardedTransport final : public Pistache::Tcp::Transport, public Waker {
 public:
  /// The copies that Pistache makes, one for each thread.
  using Clones = std::vector<std::shared_ptr<GuardedTransport>>;

  GuardedTransport(std::shared_ptr<ServerCore> core, std::weak_ptr<Clones> clones);

  std::shared_ptr<Pistache::Aio::Handler> clone() const override;
  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& fds) override;
  void wake(int fd) noexcept override;

  /// Makes the thread check the queue of new clients. Called periodically, because Pistache resets the queue's event
  /// after its last look into the queue: a client queued in between would wait for the next client. Thread-safe.
  void notify() const;
  /// Closes the clients that are still queued. Called after the threads have ended.
  void close_leftovers();

 private:
  class AcceptHandler;
  struct NewClient {
    int fd;
    std::shared_ptr<Connection> connection;
  };
  void adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer);
  bool take_new_clients();
  void admit_new_clients();
  [[nodiscard]] bool make_room() const;
  bool admit(const NewClient& client);
  void refuse(const NewClient& client);
  void detect_accept_event(Pistache::Polling::Epoll& poller);

  const std::shared_ptr<ServerCore> core_;
  const std::weak_ptr<Clones> clones_;      // weak: the vector owns this object
  Pistache::Polling::Tag accept_event_{0};  // raised when a new client is queued
  std::vector<NewClient> new_clients_;
  bool ended_ = false;
};

}  // namespace esteira::runtime::http
