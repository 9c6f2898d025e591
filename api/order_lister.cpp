#include "api/order_lister.hpp"

#include <utility>

#include "runtime/orders/store/order_list.hpp"

namespace esteira::api {

namespace {

DbWorkerPoolOptions lister_pool(const OrderLister::Options& options) {
  DbWorkerPoolOptions pool;
  pool.database_url = options.database_url;
  pool.name = "esteira-api lister";
  pool.prepare = runtime::orders::prepare_order_list;
  pool.threads = 1;
  pool.max_queued = options.max_queued;
  pool.max_batch = 1;
  pool.outage = std::make_shared<runtime::Outage>("orders cannot be listed", "orders can be listed again");
  return pool;
}

runtime::http::Response page_response(runtime::postgres::Session& session, const ListQuery& list) {
  try {
    return orders_listed(list, list_orders(session, list.filter, list.after, list.limit));
  } catch (const runtime::orders::UnknownStatus& error) {
    return unknown_status(error.known());
  }
}

}  // namespace

OrderLister::OrderLister(const Options& options)
    : pool_(lister_pool(options), [](auto& session, auto& batch) {
        for (auto& request : batch) request.responder.send(page_response(session, request.list));
      }) {}

}  // namespace esteira::api
