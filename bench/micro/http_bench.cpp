#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "runtime/http/framer.hpp"
#include "runtime/http/render.hpp"

namespace esteira::bench {
namespace {

using runtime::http::RequestFramer;

constexpr std::string_view kPost =
    "POST /orders HTTP/1.1\r\nHost: localhost:8080\r\nAuthorization: Bearer 0123456789abcdef0123456789abcdef\r\n"
    "Content-Type: application/json\r\nX-Idempotency-Key: order-1\r\nContent-Length: 77\r\n\r\n"
    R"({"customer_id":"123","items":[{"sku":"ABC","qty":2},{"sku":"XYZ","qty":1}]}  )";

void frame_request(benchmark::State& state) {
  constexpr RequestFramer::Limits kLimits{16384, 1048576};
  RequestFramer framer(kLimits);
  for (auto _ : state) {
    framer.feed(kPost);
    auto framed = framer.next();
    if (!std::holds_alternative<RequestFramer::Framed>(framed)) state.SkipWithError("the sample is no request");
    benchmark::DoNotOptimize(framed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPost.size()));
}

void render_answer(benchmark::State& state) {
  runtime::http::Response response;
  response.status = 202;
  response.body = R"({"order_id":"1fec340b-0b4a-494b-b11e-d91f9350f34e","status":"pending"})";
  response.headers = {{"Location", "/orders/1fec340b-0b4a-494b-b11e-d91f9350f34e"}};
  const runtime::http::AnswerTerms terms{"e603ee37-9329-41e8-918c-f99ff3e825e6", true, false};
  for (auto _ : state) benchmark::DoNotOptimize(runtime::http::render(response, terms));
}

BENCHMARK(frame_request);
BENCHMARK(render_answer);

}  // namespace
}  // namespace esteira::bench
