#include "runtime/amqp/transport.hpp"

#include "runtime/amqp/plain_transport.hpp"
#include "runtime/amqp/tls_transport.hpp"

namespace esteira::runtime::amqp {

std::unique_ptr<Transport> Transport::make(const BrokerUrl& url) {
  if (url.tls) return std::make_unique<TlsTransport>(url.ca_file);
  return std::make_unique<PlainTransport>();
}

}  // namespace esteira::runtime::amqp
