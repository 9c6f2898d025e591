#pragma once
#include <cstddef>
#include <functional>
#include <string>

#include "api/authenticator.hpp"
#include "api/order_parser.hpp"
#include "api/order_reader.hpp"
#include "api/order_writer.hpp"
#include "runtime/config/setting_defaults.hpp"
#include "runtime/http/router.hpp"

namespace esteira::api {

/// POST /orders and GET /orders/{id}: checks what a request says and hands it to the writer or to `look_up`.
class OrderRoutes {
 public:
  struct Options {
    std::size_t max_items = runtime::default_size("ESTEIRA_MAX_ITEMS");
    std::string workflow;
    std::string exchange;
    std::string first_event;
  };

  using LookUp = std::function<void(OrderReader::Lookup&&)>;

  OrderRoutes(Options options, const Authenticator& authenticator, OrderWriter& writer, LookUp look_up);

  /// Adds both; this object must outlive the router.
  void add_to(runtime::http::Router& router);

 private:
  void post(const runtime::http::Request& request, runtime::http::Responder responder) const;
  void get(const runtime::http::Request& request, std::string id, runtime::http::Responder responder) const;
  [[nodiscard]] runtime::orders::NewOrder new_order(OrderRequest wanted, std::string key,
                                                    const runtime::http::Request& request) const;

  Options options_;
  const Authenticator& authenticator_;
  OrderWriter& writer_;
  LookUp look_up_;
};

}  // namespace esteira::api
