#pragma once
#include <stdexcept>
#include <string>

namespace esteira::runtime::amqp {

/// The broker cannot be reached, refused something or went away. what() is one line without secrets.
class BrokerError : public std::runtime_error {
 public:
  explicit BrokerError(const std::string& text, int reply_code = 0)
      : std::runtime_error(text), reply_code_(reply_code) {}
  /// AMQP's number for what the broker refused (404, 406, ...); 0 when it said nothing.
  [[nodiscard]] int reply_code() const { return reply_code_; }

 private:
  int reply_code_;
};

}  // namespace esteira::runtime::amqp
