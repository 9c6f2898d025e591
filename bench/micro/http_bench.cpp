#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "runtime/http/render.hpp"
#include "runtime/http/request_parser.hpp"

namespace esteira::bench {
namespace {

using runtime::http::RequestParser;

constexpr std::string_view kPost =
    "POST /orders HTTP/1.1\r\nHost: localhost:8080\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
    "Content-Type: application/json\r\nX-Idempotency-Key: order-1\r\nContent-Length: 77\r\n\r\n"
    R"({"customer_id":"123","items":[{"sku":"ABC","qty":2},{"sku":"XYZ","qty":1}]}  )";

void frame_request(benchmark::State& state) {
  constexpr RequestParser::Limits kLimits{16384, 1048576};
  RequestParser parser(kLimits);
  for (auto _ : state) {
    parser.feed(kPost);
    auto parsed = parser.next();
    if (!std::holds_alternative<RequestParser::Parsed>(parsed)) state.SkipWithError("the sample is not a request");
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPost.size()));
}

void render_answer(benchmark::State& state) {
  runtime::http::Response response;
  response.status = 202;
  response.body = R"({"order_id":"1fec340b-0b4a-494b-b11e-d91f9350f34e","status":"pending"})";
  response.headers = {{"Location", "/orders/1fec340b-0b4a-494b-b11e-d91f9350f34e"}};
  const runtime::http::ResponseOptions terms{"e603ee37-9329-41e8-918c-f99ff3e825e6", true, false};
  for (auto _ : state) benchmark::DoNotOptimize(runtime::http::render(response, terms));
}

BENCHMARK(frame_request);
BENCHMARK(render_answer);

}  // namespace
}  // namespace esteira::bench
