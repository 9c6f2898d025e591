#include "api/get_order.hpp"

#include <algorithm>
#include <string>

#include "api/responses.hpp"
#include "api/wait_query.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::api {

void GetOrder::operator()(const runtime::http::Request& request, const runtime::http::Router::Parameters& parameters,
                          runtime::http::Responder responder) const {
  auto id = parameters.at(0);
  if (!runtime::is_uuid(id)) return responder.send(unknown_order());
  std::transform(id.begin(), id.end(), id.begin(), runtime::ascii_lower);
  const auto parsed = parse_wait(request.query);
  if (const auto* violations = std::get_if<std::vector<runtime::http::Violation>>(&parsed))
    return responder.send(invalid_query(*violations));
  const auto wait = std::get<std::chrono::milliseconds>(parsed);
  auto if_none_match = request.header_list("If-None-Match");
  OrderReader::Lookup lookup{std::move(id), std::move(if_none_match), request.request_id,
                             isolates_clients_ ? request.client : std::string(), std::move(responder)};
  if (wait > std::chrono::milliseconds(0)) lookup.wait_until = lookup.received + wait;
  look_up_(std::move(lookup));
}

}  // namespace esteira::api
