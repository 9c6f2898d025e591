#include "bench/load/request_builder.hpp"

namespace esteira::bench {

std::string RequestBuilder::post_order(std::size_t number) const {
  constexpr std::size_t kSkus = 500;
  constexpr std::size_t kCustomers = 1000;
  const std::string price = workflow_.empty() ? "" : R"(,"unit_price":"10.50")";
  const auto workflow = workflow_.empty() ? "" : R"("workflow":")" + workflow_ + R"(",)";
  const auto body = "{" + workflow + "\"customer_id\":\"" + std::to_string(number % kCustomers) +
                    "\",\"items\":[{\"sku\":\"SKU-" + std::to_string(number % kSkus) + "\",\"qty\":2" + price +
                    "},{\"sku\":\"SKU-" + std::to_string((number + 1) % kSkus) + "\",\"qty\":1" + price + "}]}";
  return "POST /orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ +
         "\r\nContent-Type: application/json\r\nX-Idempotency-Key: " + run_ + '-' + std::to_string(number) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string RequestBuilder::get_order(std::string_view order_id) const {
  return "GET /orders/" + std::string(order_id) + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ +
         "\r\n\r\n";
}

std::string parse_order_id(std::string_view body) {
  constexpr std::string_view kMember = "\"order_id\":\"";
  const auto found = body.find(kMember);
  if (found == std::string_view::npos) return {};
  const auto begin = found + kMember.size();
  return std::string(body.substr(begin, body.find('"', begin) - begin));
}

}  // namespace esteira::bench
