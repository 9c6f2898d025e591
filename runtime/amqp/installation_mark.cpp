#include "runtime/amqp/installation_mark.hpp"

#include <functional>
#include <utility>

#include "runtime/amqp/broker_error.hpp"
#include "runtime/amqp/channel.hpp"
#include "runtime/amqp/connection.hpp"

namespace esteira::runtime::amqp {
namespace {

constexpr int kMarkRefused = 403;
constexpr int kNoMark = 404;
constexpr int kOtherMark = 406;

void on_new_channel(const BrokerUrl& url, const std::function<void(Channel& channel)>& action) {
  Connection::Options options;
  options.url = url;
  options.name = "esteira installation";
  Connection connection(options);
  {
    Channel channel(connection);
    action(channel);
  }
  connection.close();
}

/// The id at the end of "... but current is 'EXCHANGE.ID'", or its beginning: the broker cuts long replies.
std::string id_in(const std::string& reply, const std::string& exchange) {
  constexpr std::size_t kUuidSize = 36;
  const auto before = "current is '" + exchange + '.';
  const auto found = reply.find(before);
  return found == std::string::npos ? "of another kind" : reply.substr(found + before.size(), kUuidSize);
}

}  // namespace

InstallationMark::InstallationMark(BrokerUrl url, std::string exchange, std::string id, std::string database)
    : url_(std::move(url)), exchange_(std::move(exchange)), id_(std::move(id)), database_(std::move(database)) {}

std::string InstallationMark::make_or_compare() const {
  try {
    on_new_channel(url_, [this](Channel& channel) { channel.declare_mark(mark(), value()); });
    return {};
  } catch (const BrokerError& error) {
    if (error.reply_code() == kMarkRefused) return {};
    if (error.reply_code() != kOtherMark) throw;
    return mismatch(error.what());
  }
}

std::string InstallationMark::compare() const {
  try {
    on_new_channel(url_, [this](Channel& channel) { channel.require_exchange(mark()); });
  } catch (const BrokerError& error) {
    if (error.reply_code() == kNoMark) return {};
    throw;
  }
  return make_or_compare();
}

void InstallationMark::replace() const {
  on_new_channel(url_, [this](Channel& channel) {
    channel.delete_exchange(mark());
    channel.declare_mark(mark(), value());
  });
}

std::string InstallationMark::mismatch(const std::string& reply) const {
  std::string text = "the exchange " + exchange_;
  text.append(" at ").append(url_.display()).append(" belongs to installation ").append(id_in(reply, exchange_));
  text.append(", and the database ").append(database_).append(" is installation ").append(id_);
  return text.append(
      ": correct DATABASE_URL, RABBITMQ_URL or ESTEIRA_EXCHANGE, or run esteira claim if they belong together");
}

}  // namespace esteira::runtime::amqp
