#include "runtime/amqp/frame_writer.hpp"

#include <amqp_framing.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/plain_transport.hpp"
#include "runtime/lifecycle/file_descriptor.hpp"

namespace amqp = esteira::runtime::amqp;

namespace {

constexpr std::size_t kFrameMax = 4096;

/// Sends as a plain connection does, on a socket that is open already.
class SocketTransport final : public amqp::Transport {
 public:
  explicit SocketTransport(int fd) : fd_(fd) {}
  esteira::runtime::FileDescriptor open(amqp_connection_state_t /*library*/, const amqp::BrokerUrl::Host& /*host*/,
                                        std::chrono::milliseconds /*timeout*/, amqp::SocketGuard* /*guard*/) override {
    return esteira::runtime::FileDescriptor(-1);
  }
  void send(std::string_view bytes) override { amqp::PlainTransport::send_on(fd_, bytes); }
  [[nodiscard]] bool has_unread() const override { return false; }

 private:
  int fd_;
};

/// A writer and what arrives at the other end of its socket.
struct FrameWire {
  FrameWire() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    near = esteira::runtime::FileDescriptor(ends[0]);
    far = esteira::runtime::FileDescriptor(ends[1]);
  }

  [[nodiscard]] std::string arrived() const {
    std::string bytes(65536, '\0');
    const auto got = ::recv(far.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }

  /// Writes the buffered frames to the near end.
  void flush() {
    SocketTransport transport(near.get());
    writer.flush(transport);
  }

  esteira::runtime::FileDescriptor near;
  esteira::runtime::FileDescriptor far;
  amqp::FrameWriter writer{1, kFrameMax};
};

void acknowledge(amqp::FrameWriter& writer, std::uint64_t tag) {
  const amqp_basic_ack_t ack{.delivery_tag = tag, .multiple = 1};
  writer.method(AMQP_BASIC_ACK_METHOD, &ack);
}

}  // namespace

TEST_CASE("a method frame is encoded as AMQP 0-9-1 defines it") {
  FrameWire wire;
  acknowledge(wire.writer, 258);
  wire.flush();
  REQUIRE(wire.arrived() == std::string("\x01\x00\x01\x00\x00\x00\x0D"
                                        "\x00\x3C\x00\x50\x00\x00\x00\x00\x00\x00\x01\x02\x01\xCE",
                                        21));
}

TEST_CASE("frames are buffered until flush and sent once") {
  FrameWire wire;
  acknowledge(wire.writer, 1);
  acknowledge(wire.writer, 2);
  REQUIRE(wire.arrived().empty());
  wire.flush();
  REQUIRE(wire.arrived().size() == std::size_t{2} * 21);
  wire.flush();
  REQUIRE(wire.arrived().empty());
}

TEST_CASE("a content header holds the body size and the properties") {
  FrameWire wire;
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.delivery_mode = 2;
  wire.writer.content(properties, "abc");
  wire.flush();
  REQUIRE(wire.arrived() == std::string("\x02\x00\x01\x00\x00\x00\x0F"
                                        "\x00\x3C\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x10\x00\x02\xCE"
                                        "\x03\x00\x01\x00\x00\x00\x03"
                                        "abc\xCE",
                                        34));
}

TEST_CASE("a body longer than frame_max is split into several frames") {
  FrameWire wire;
  constexpr std::size_t kFraming = 8;
  constexpr std::size_t kHeaderFrame = kFraming + 14;
  const std::string body(kFrameMax, 'x');
  wire.writer.content({}, body);
  wire.flush();
  const auto bytes = wire.arrived();
  REQUIRE(bytes.size() == kHeaderFrame + kFrameMax + kFraming + kFraming);
  REQUIRE(bytes[kHeaderFrame + kFrameMax - 1] == '\xCE');
  REQUIRE(bytes[kHeaderFrame + kFrameMax] == '\x03');
}

TEST_CASE("a message without a body has no body frame") {
  FrameWire wire;
  wire.writer.content({}, "");
  wire.flush();
  REQUIRE(wire.arrived().size() == 8 + 14);
}

TEST_CASE("a method or header larger than a frame throws BrokerError") {
  FrameWire wire;
  const std::string text(kFrameMax, 'x');
  amqp_table_entry_t entry{.key = amqp_cstring_bytes("text"), .value = {}};
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = {text.size(), const_cast<char*>(text.data())};
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = {1, &entry};
  REQUIRE_THROWS_AS(wire.writer.content(properties, "abc"), amqp::BrokerError);
}

TEST_CASE("sending to a closed connection throws BrokerError") {
  FrameWire wire;
  wire.far = esteira::runtime::FileDescriptor();
  acknowledge(wire.writer, 1);
  REQUIRE_THROWS_AS(wire.flush(), amqp::BrokerError);
}
