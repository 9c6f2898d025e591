#include "runtime/amqp/frame_writer.hpp"

#include <amqp_framing.h>

#include <algorithm>
#include <array>

#include "runtime/amqp/reply.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr char kFrameEnd = '\xCE';
constexpr std::size_t kFramingBytes = 8;  // type, channel and size before a payload, the end mark behind it
constexpr std::size_t kMethodIdBytes = 4;
constexpr std::size_t kHeaderPrefixBytes = 12;  // class, weight and size of the body before the properties

template <class Number>
void put(char* at, Number number) {
  for (std::size_t byte = sizeof(Number); byte-- > 0; number = static_cast<Number>(number >> 7 >> 1)) {
    at[byte] = static_cast<char>(number & 0xFF);
  }
}

std::size_t encoded_size(int result) {
  if (result < 0) require_ok(result, "encoding a frame");
  return static_cast<std::size_t>(result);
}

}  // namespace

FrameWriter::FrameWriter(amqp_channel_t channel, std::size_t frame_max)
    : channel_(channel), payload_max_(frame_max - kFramingBytes), scratch_(payload_max_, '\0') {}

void FrameWriter::method(amqp_method_number_t id, const void* decoded) {
  put(scratch_.data(), std::uint32_t{id});
  const amqp_bytes_t output{scratch_.size() - kMethodIdBytes, scratch_.data() + kMethodIdBytes};
  const auto size = encoded_size(amqp_encode_method(id, const_cast<void*>(decoded), output));
  frame(AMQP_FRAME_METHOD, {scratch_.data(), kMethodIdBytes + size});
}

void FrameWriter::content(const amqp_basic_properties_t& properties, std::string_view body) {
  put(scratch_.data(), std::uint16_t{AMQP_BASIC_CLASS});
  put(scratch_.data() + 2, std::uint16_t{0});
  put(scratch_.data() + 4, std::uint64_t{body.size()});
  const amqp_bytes_t output{scratch_.size() - kHeaderPrefixBytes, scratch_.data() + kHeaderPrefixBytes};
  const auto size =
      encoded_size(amqp_encode_properties(AMQP_BASIC_CLASS, const_cast<amqp_basic_properties_t*>(&properties), output));
  frame(AMQP_FRAME_HEADER, {scratch_.data(), kHeaderPrefixBytes + size});
  for (; !body.empty(); body.remove_prefix(std::min(body.size(), payload_max_))) {
    frame(AMQP_FRAME_BODY, body.substr(0, payload_max_));
  }
}

void FrameWriter::frame(std::uint8_t type, std::string_view payload) {
  std::array<char, kFramingBytes - 1> head{};
  put(head.data(), type);
  put(head.data() + 1, std::uint16_t{channel_});
  put(head.data() + 3, static_cast<std::uint32_t>(payload.size()));
  buffer_.append(head.data(), head.size()).append(payload).push_back(kFrameEnd);
}

void FrameWriter::flush(Transport& transport) {
  if (buffer_.empty()) return;
  transport.send(buffer_);
  buffer_.clear();
}

}  // namespace esteira::runtime::amqp
