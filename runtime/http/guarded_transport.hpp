#pragma once
#include <pistache/tcp.h>
#include <pistache/transport.h>

#include <memory>
#include <vector>

#include "runtime/http/connection.hpp"
#include "runtime/http/core.hpp"

namespace esteira::runtime::http {

/// One server thread's side of Pistache. Pistache accepts a client, hands it to this thread and polls it; this class
/// takes the client away from it before it reads a byte, so that Pistache neither reads, writes nor closes a socket:
/// its write queue knows clients by descriptor alone and can answer the wrong one.
class GuardedTransport final : public Pistache::Tcp::Transport, public Waker {
 public:
  /// The clones that Pistache makes, one for each thread.
  using Clones = std::vector<std::shared_ptr<GuardedTransport>>;

  GuardedTransport(std::shared_ptr<ServerCore> core, std::weak_ptr<Clones> clones);

  std::shared_ptr<Pistache::Aio::Handler> clone() const override;
  void registerPoller(Pistache::Polling::Epoll& poller) override;
  void onReady(const Pistache::Aio::FdSet& fds) override;
  void wake(int fd) noexcept override;

  /// Makes the thread look for clients that were handed over. Pistache's queue empties its event counter after its last
  /// look into the queue, so one that comes in between would wait for the next. Thread-safe.
  void notify() const;
  /// Closes the clients that were handed over and not taken. After the threads ended.
  void close_leftovers();

 private:
  class AcceptHandler;
  struct NewClient {
    int fd;
    std::shared_ptr<Connection> connection;
  };
  void adopt(const std::shared_ptr<Pistache::Tcp::Peer>& peer);
  bool empty_queue();
  void welcome_new_clients();
  void detect_accept_event(Pistache::Polling::Epoll& poller);

  const std::shared_ptr<ServerCore> core_;
  const std::weak_ptr<Clones> clones_;  // weak: they are owned by what it points to
  Pistache::Polling::Tag queue_{0};     // of the clients handed over
  std::vector<NewClient> new_clients_;
  bool ended_ = false;
};

}  // namespace esteira::runtime::http
