#pragma once
#include <amqp.h>
#include <amqp_framing.h>

#include <string_view>
#include <vector>

#include "runtime/amqp/message.hpp"

namespace esteira::runtime::amqp {

/// Encodes properties in the library's form, with delivery mode persistent. Not thread-safe.
class PropertyEncoder {
 public:
  /// The result points into the arguments and into this object. It is valid until the next call. Header texts are cut
  /// at 8 KiB. Headers that do not fit into one header frame are left out: the library would close the connection.
  const amqp_basic_properties_t& encode(const Properties& properties, std::string_view correlation_id);

 private:
  void add_text(std::string_view name, std::string_view value);
  void add_number(std::string_view name, int value);
  void add_number(std::string_view name, std::int64_t value);

  std::vector<amqp_table_entry_t> headers_;
  std::size_t header_bytes_ = 0;
  amqp_basic_properties_t encoded_{};
};

/// Fills a delivery's properties and delivery count from what the broker sent. Ignores headers of unknown types.
void decode_properties(const amqp_basic_properties_t& from, Delivery& into);

/// The correlation id; empty when there is none.
[[nodiscard]] std::string_view correlation_id(const amqp_basic_properties_t& properties);

}  // namespace esteira::runtime::amqp
