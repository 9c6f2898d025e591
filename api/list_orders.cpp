#include "api/list_orders.hpp"

#include <utility>
#include <variant>

#include "api/responses.hpp"

namespace esteira::api {

void ListOrders::operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& /*none*/,
                            runtime::http::Responder responder) const {
  auto parsed = parse_list_query(request.query);
  if (const auto* violations = std::get_if<std::vector<runtime::http::Violation>>(&parsed))
    return responder.send(invalid_query(*violations));
  auto& list = std::get<ListQuery>(parsed);
  if (isolates_clients_) list.filter.client = request.client;
  lister_.submit({std::move(list), request.request_id, std::move(responder)});
}

}  // namespace esteira::api
