#include "api/cancel_order.hpp"

#include <algorithm>
#include <string>

#include "api/responses.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::api {

void CancelOrder::operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                             runtime::http::Responder responder) const {
  auto id = parameters.at(0);
  if (!runtime::is_uuid(id)) return responder.send(unknown_order());
  std::transform(id.begin(), id.end(), id.begin(), runtime::ascii_lower);
  cancel_(
      {std::move(id), request.request_id, isolates_clients_ ? request.client : std::string(), std::move(responder)});
}

}  // namespace esteira::api
