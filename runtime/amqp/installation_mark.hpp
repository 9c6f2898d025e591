#pragma once
#include <string>

#include "runtime/amqp/broker_url.hpp"

namespace esteira::runtime::amqp {

/// The mark that tells whose broker this is: the exchange `<exchange>.installation`, with the id of the installation in
/// an argument, which RabbitMQ compares when the exchange is declared. Nothing is published to it. Each exchange of a
/// vhost has its own mark. Each function opens a connection and throws BrokerError.
class InstallationMark {
 public:
  /// `id` is the id of the installation, and `database` the name of its database, for messages.
  InstallationMark(BrokerUrl url, std::string exchange, std::string id, std::string database);

  /// Makes the mark unless there is one. Returns "" when the mark has this id, or when the user may not declare it, so
  /// that it cannot be told; else what does not belong together and the remedy, in one line.
  [[nodiscard]] std::string make_or_compare() const;
  /// As `make_or_compare`, but makes nothing.
  [[nodiscard]] std::string compare() const;
  /// Makes the mark in place of that of another installation.
  void replace() const;

 private:
  [[nodiscard]] std::string mark() const { return exchange_ + ".installation"; }
  [[nodiscard]] std::string value() const { return exchange_ + '.' + id_; }
  [[nodiscard]] std::string mismatch(const std::string& reply) const;

  const BrokerUrl url_;
  const std::string exchange_;
  const std::string id_;
  const std::string database_;
};

}  // namespace esteira::runtime::amqp
