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

/// A TCP proxy between a program and a server on 127.0.0.1 that can cut and freeze their connections. Thread-safe.
class TcpProxy {
 public:
  /// `host` is "127.0.0.1" or "localhost".
  TcpProxy(const std::string& host, std::uint16_t port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Resets every open and every new connection until `restore`. The proxy keeps listening, so that no other process
  /// can take its port.
  void cut();
  /// Cuts after that many more bytes from clients, even in the middle of a message.
  void cut_after(std::size_t bytes);
  [[nodiscard]] bool is_cut();
  void restore();
  void freeze();  ///< forwards no bytes; connections stay open, and the kernel accepts new ones
  void thaw();
  /// Keeps all bytes from now on.
  void record();
  [[nodiscard]] std::string recorded_from_clients();
  [[nodiscard]] std::string recorded_from_server();

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
  bool move(const Socket& from, const Socket& to, std::string& waiting, std::size_t& allowance, std::string& record);
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
  bool recording_ = false;
  std::string from_clients_;
  std::string from_server_;
  bool stopping_ = false;
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace esteira::test
