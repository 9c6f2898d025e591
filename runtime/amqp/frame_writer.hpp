#pragma once
#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/amqp/transport.hpp"

namespace esteira::runtime::amqp {

/// Buffers the frames of one channel and sends them with one system call. The library would make one call a frame,
/// three for a message. Frames that the library sends itself are never mixed into the buffer. Throws BrokerError.
class FrameWriter {
 public:
  FrameWriter(amqp_channel_t channel, std::size_t frame_max);

  /// Adds a method frame. `decoded` is the library's struct of that method.
  void method(amqp_method_number_t id, const void* decoded);
  /// Adds the content of the method before: a header frame, and the body in as many frames as it needs.
  void content(const amqp_basic_properties_t& properties, std::string_view body);

  /// Sends the buffered frames. Blocks only while the socket's send buffer is full.
  void flush(Transport& transport);

 private:
  void frame(std::uint8_t type, std::string_view payload);

  const amqp_channel_t channel_;
  const std::size_t payload_max_;
  std::string scratch_;  ///< the payload being encoded
  std::string buffer_;
};

}  // namespace esteira::runtime::amqp
