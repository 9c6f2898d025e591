#pragma once
#include <stdexcept>
#include <string>

namespace esteira::runtime::amqp {

/// The broker cannot be reached, refused an operation, or closed the connection. what() is one line without secrets.
class BrokerError : public std::runtime_error {
 public:
  explicit BrokerError(const std::string& text, int reply_code = 0)
      : std::runtime_error(text), reply_code_(reply_code) {}
  /// The reply code of AMQP with which the broker refused (404, 406, ...); 0 when there was none.
  [[nodiscard]] int reply_code() const { return reply_code_; }

 private:
  int reply_code_;
};

}  // namespace esteira::runtime::amqp
