#pragma once
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/socket.hpp"

namespace esteira::test {

/// Stands between a program and a server on 127.0.0.1, to break what is between them. Thread-safe.
class TcpProxy {
 public:
  /// `host` is "127.0.0.1" or "localhost".
  TcpProxy(const std::string& host, std::uint16_t port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Resets every connection, and every new one as it comes. The port stays ours: were it given up, another process
  /// could take it before `restore`.
  void cut();
  /// Cuts once so many more bytes have come from clients, in the middle of a message if that is where it falls.
  void cut_after(std::size_t bytes);
  [[nodiscard]] bool is_cut();
  void restore();
  void freeze();  ///< keeps the connections, accepts new ones in the kernel, and passes no byte on
  void thaw();

 private:
  struct Connection {
    Socket client;
    Socket server;
    std::string up;  ///< read from the client, not written to the server yet
    std::string down;
  };
  void run();
  void serve();
  void add_waits(std::vector<pollfd>& waits) const;
  void accept_one();
  bool pass_on(Connection& connection);
  static bool move(const Socket& from, const Socket& to, std::string& waiting, std::size_t& allowance);
  void cut_all();
  void wake();

  const std::uint16_t upstream_;
  Socket listener_;
  const std::uint16_t port_;
  std::mutex mutex_;
  std::list<Connection> connections_;
  bool cut_ = false;
  std::optional<std::size_t> allowance_;  ///< bytes that clients may send before the cut
  bool frozen_ = false;
  bool stopping_ = false;
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace esteira::test
