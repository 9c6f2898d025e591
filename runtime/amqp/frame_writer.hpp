#pragma once
#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace esteira::runtime::amqp {

/// Gathers the frames of one channel and sends them together: the library would make a system call of each, three for
/// a message. Frames of the library's own go between two `flush`, never into what is gathered. Throws BrokerError.
class FrameWriter {
 public:
  FrameWriter(amqp_channel_t channel, std::size_t frame_max);

  /// `decoded` is the library's struct of that method.
  void method(amqp_method_number_t id, const void* decoded);
  /// What follows a method that carries content: one header, and the body in as many frames as it takes.
  void content(const amqp_basic_properties_t& properties, std::string_view body);

  /// Sends what was gathered. Waits only when the socket is full.
  void flush(int fd);

 private:
  void frame(std::uint8_t type, std::string_view payload);

  const amqp_channel_t channel_;
  const std::size_t payload_max_;
  std::string scratch_;  ///< one payload
  std::string gathered_;
};

}  // namespace esteira::runtime::amqp
