#include "runtime/amqp/channel.hpp"

#include <amqp.h>
#include <amqp_framing.h>

#include <array>
#include <charconv>
#include <memory>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/frame_assembler.hpp"
#include "runtime/amqp/frame_writer.hpp"
#include "runtime/amqp/message_codec.hpp"
#include "runtime/amqp/reply.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr amqp_boolean_t kYes = 1;
constexpr amqp_boolean_t kNo = 0;

amqp_table_entry_t table_entry(const QueueArgument& argument) {
  amqp_table_entry_t entry{.key = bytes_of(argument.name), .value = {}};
  if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
    entry.value.kind = AMQP_FIELD_KIND_I64;
    entry.value.value.i64 = *number;
  } else {
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = bytes_of(std::get<std::string>(argument.value));
  }
  return entry;
}

bool is_close(const amqp_frame_t& frame) {
  return frame.frame_type == AMQP_FRAME_METHOD && (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD ||
                                                   frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD);
}

}  // namespace

Channel::Channel(Connection& connection, std::uint16_t number)
    : connection_(connection),
      number_(number),
      assembler_(std::make_unique<FrameAssembler>()),
      encoder_(std::make_unique<PropertyEncoder>()),
      writer_(std::make_unique<FrameWriter>(number_, amqp_get_frame_max(connection.handle()))) {
  open();
}

Channel::~Channel() = default;

void Channel::open() {
  amqp_channel_open(connection_.handle(), number_);
  check_reply("opening a channel");
}

void Channel::reopen() {
  amqp_channel_close_ok_t acknowledged{};
  require_ok(amqp_send_method(connection_.handle(), number_, AMQP_CHANNEL_CLOSE_OK_METHOD, &acknowledged),
             "reopening a channel");
  open();
}

void Channel::check_reply(std::string_view operation) {
  const auto reply = amqp_get_rpc_reply(connection_.handle());
  require_ok(reply, operation);
  amqp_maybe_release_buffers(connection_.handle());
}

void Channel::declare_exchange(const std::string& exchange) {
  amqp_exchange_declare(connection_.handle(), number_, bytes_of(exchange), bytes_of("topic"), kNo, kYes, kNo, kNo,
                        amqp_empty_table);
  check_reply("declaring exchange " + exchange);
}

void Channel::require_exchange(const std::string& exchange) {
  amqp_exchange_declare(connection_.handle(), number_, bytes_of(exchange), bytes_of("topic"), kYes, kNo, kNo, kNo,
                        amqp_empty_table);
  check_reply("looking for exchange " + exchange);
}

void Channel::declare_mark(const std::string& exchange, const std::string& value) {
  const QueueArgument argument{"alternate-exchange", value};
  amqp_table_entry_t entry = table_entry(argument);
  amqp_exchange_declare(connection_.handle(), number_, bytes_of(exchange), bytes_of("topic"), kNo, kYes, kNo, kNo,
                        {1, &entry});
  check_reply("declaring exchange " + exchange);
}

void Channel::delete_exchange(const std::string& exchange) {
  amqp_exchange_delete(connection_.handle(), number_, bytes_of(exchange), kNo);
  check_reply("deleting exchange " + exchange);
}

void Channel::declare_queue(const std::string& queue, const QueueArguments& arguments) {
  const QueueArgument type{"x-queue-type", std::string("quorum")};
  std::vector<amqp_table_entry_t> entries{table_entry(type)};
  for (const auto& argument : arguments) entries.push_back(table_entry(argument));
  amqp_queue_declare(connection_.handle(), number_, bytes_of(queue), kNo, kYes, kNo, kNo,
                     {static_cast<int>(entries.size()), entries.data()});
  check_reply("declaring queue " + queue);
}

void Channel::bind_queue(const std::string& queue, const std::string& exchange, const std::string& routing_key) {
  amqp_queue_bind(connection_.handle(), number_, bytes_of(queue), bytes_of(exchange), bytes_of(routing_key),
                  amqp_empty_table);
  check_reply("binding queue " + queue);
}

void Channel::unbind_queue(const std::string& queue, const std::string& exchange, const std::string& routing_key) {
  amqp_queue_unbind(connection_.handle(), number_, bytes_of(queue), bytes_of(exchange), bytes_of(routing_key),
                    amqp_empty_table);
  check_reply("unbinding queue " + queue);
}

Channel::QueueState Channel::queue_state(const std::string& queue) {
  const auto* reply =
      amqp_queue_declare(connection_.handle(), number_, bytes_of(queue), kYes, kNo, kNo, kNo, amqp_empty_table);
  QueueState state;
  if (reply != nullptr) state = {reply->message_count, reply->consumer_count};
  check_reply("counting the messages of queue " + queue);
  return state;
}

void Channel::delete_queue(const std::string& queue) {
  amqp_queue_delete(connection_.handle(), number_, bytes_of(queue), kNo, kNo);
  check_reply("deleting queue " + queue);
}

void Channel::set_prefetch(std::uint16_t count) {
  amqp_basic_qos(connection_.handle(), number_, 0, count, kNo);
  check_reply("setting the prefetch");
}

std::string Channel::consume(const std::string& queue) {
  const auto* reply = amqp_basic_consume(connection_.handle(), number_, bytes_of(queue), amqp_empty_bytes, kNo, kNo,
                                         kNo, amqp_empty_table);
  std::string consumer_tag;
  if (reply != nullptr) consumer_tag = view(reply->consumer_tag);
  check_reply("consuming from queue " + queue);
  return consumer_tag;
}

void Channel::require_write(const std::string& exchange) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_EXPIRATION_FLAG;
  properties.expiration = bytes_of("none");  // must be a number
  require_ok(amqp_basic_publish(connection_.handle(), number_, bytes_of(exchange), bytes_of("esteira-rights"), kNo, kNo,
                                &properties, amqp_empty_bytes),
             "publishing");
  amqp_basic_qos(connection_.handle(), number_, 0, 0, kNo);  // the broker answers after it has seen the publication
  accept_precondition_failed("publishing to exchange " + (exchange.empty() ? "amq.default" : exchange));
}

void Channel::require_read(const std::string& queue) {
  amqp_table_entry_t argument{};
  argument.key = amqp_cstring_bytes("x-priority");  // must be a number
  argument.value.kind = AMQP_FIELD_KIND_UTF8;
  argument.value.value.bytes = bytes_of("none");
  amqp_basic_consume(connection_.handle(), number_, bytes_of(queue), amqp_empty_bytes, kNo, kNo, kNo, {1, &argument});
  accept_precondition_failed("consuming from queue " + queue);
}

/// As `check_reply`, for a request that the broker refuses with 406 after it has checked the right.
void Channel::accept_precondition_failed(std::string_view operation) {
  constexpr int kPreconditionFailed = 406;
  try {
    check_reply(operation);
  } catch (const BrokerError& error) {
    if (error.reply_code() != kPreconditionFailed) throw;
    reopen();
  }
}

void Channel::cancel(const std::string& consumer_tag) {
  amqp_basic_cancel(connection_.handle(), number_, bytes_of(consumer_tag));
  check_reply("cancelling the consumer");
}

std::optional<Delivery> Channel::get(const std::string& queue) {
  const auto reply = amqp_basic_get(connection_.handle(), number_, bytes_of(queue), kNo);
  require_ok(reply, "reading queue " + queue);
  if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) return std::nullopt;
  const auto& got = *static_cast<const amqp_basic_get_ok_t*>(reply.reply.decoded);
  Delivery delivery;
  delivery.id.tag = got.delivery_tag;
  delivery.routing_key = view(got.routing_key);
  delivery.redelivered = got.redelivered != 0;
  amqp_message_t message{};
  require_ok(amqp_read_message(connection_.handle(), number_, &message, 0), "reading queue " + queue);
  const std::unique_ptr<amqp_message_t, decltype(&amqp_destroy_message)> owned(&message, &amqp_destroy_message);
  decode_properties(message.properties, delivery);
  delivery.body = view(message.body);
  amqp_maybe_release_buffers(connection_.handle());
  return delivery;
}

void Channel::ack(std::uint64_t tag, bool multiple) {
  const amqp_basic_ack_t ack{.delivery_tag = tag, .multiple = multiple ? kYes : kNo};
  writer_->method(AMQP_BASIC_ACK_METHOD, &ack);
}

void Channel::requeue_unacknowledged() {
  constexpr std::uint64_t kAllTags = 0;
  const amqp_basic_nack_t nack{.delivery_tag = kAllTags, .multiple = kYes, .requeue = kYes};
  writer_->method(AMQP_BASIC_NACK_METHOD, &nack);
  flush();
}

void Channel::confirm_select() {
  amqp_confirm_select(connection_.handle(), number_);
  check_reply("enabling publisher confirms");
}

void Channel::publish(const Publication& publication, std::uint64_t tag) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), tag);
  const std::string_view correlation(digits.data(), static_cast<std::size_t>(end - digits.data()));
  const auto& properties = encoder_->encode(publication.properties, correlation);
  const amqp_basic_publish_t publish{.ticket = 0,
                                     .exchange = bytes_of(short_text(publication.exchange)),
                                     .routing_key = bytes_of(short_text(publication.routing_key)),
                                     .mandatory = publication.mandatory ? kYes : kNo,
                                     .immediate = kNo};
  writer_->method(AMQP_BASIC_PUBLISH_METHOD, &publish);
  writer_->content(properties, publication.body);
}

void Channel::flush() { writer_->flush(connection_.transport()); }

std::optional<BrokerEvent> Channel::next() {
  const timeval no_wait{};
  while (!all_is_read()) {
    amqp_frame_t frame;
    const int status = amqp_simple_wait_frame_noblock(connection_.handle(), &frame, &no_wait);
    if (status == AMQP_STATUS_TIMEOUT) break;
    require_ok(status, "connection lost");
    has_read_ = true;
    if (is_close(frame)) throw_closed(frame.payload.method, "closed by the broker");
    auto event = assembler_->accept(frame);
    amqp_maybe_release_buffers(connection_.handle());
    if (event) return event;
  }
  has_read_ = false;
  return std::nullopt;
}

/// Saves two reads of the socket that the library would make to be sure; the caller polls the socket anyway.
bool Channel::all_is_read() const {
  return has_read_ && !connection_.has_unread() && amqp_frames_enqueued(connection_.handle()) == 0 &&
         amqp_data_in_buffer(connection_.handle()) == 0;
}

void Channel::close() {
  require_ok(amqp_channel_close(connection_.handle(), number_, AMQP_REPLY_SUCCESS), "closing the channel");
}

}  // namespace esteira::runtime::amqp
