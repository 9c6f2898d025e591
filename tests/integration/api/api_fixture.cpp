#include "tests/integration/api/api_fixture.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

namespace {

/// The position of the port in scheme://user:password@host:port/path.
struct PortSpan {
  std::size_t start;
  std::size_t end;
};

PortSpan port_span(const std::string& url) {
  const auto host = url.find('@', url.find("://")) + 1;
  const auto end = std::min(url.find_first_of("/?", host), url.size());
  return {url.rfind(':', end) + 1, end};
}

std::uint16_t port_in(const std::string& url) {
  const auto [start, end] = port_span(url);
  return static_cast<std::uint16_t>(std::stoul(url.substr(start, end - start)));
}

std::string with_port(std::string url, std::uint16_t port) {
  const auto [start, end] = port_span(url);
  return url.replace(start, end - start, std::to_string(port));
}

}  // namespace

ApiFixture::ApiFixture(const Settings& more)
    : database_proxy("127.0.0.1", port_in(database.url())),
      broker_proxy("127.0.0.1", port_in(rabbitmq_url())),
      exchange_(unique_name("api")),
      queue_(exchange_ + ".process") {
  broker.declare_queue(queue_, exchange_, "order.created");
  environment_ = {{"DATABASE_URL", with_port(database.url(), database_proxy.port())},
                  {"RABBITMQ_URL", with_port(rabbitmq_url(), broker_proxy.port())},
                  {"SECRET_TOKEN", "old-token,token"},
                  {"ESTEIRA_LISTEN", "127.0.0.1:0"},
                  {"ESTEIRA_EXCHANGE", exchange_},
                  {"ESTEIRA_LOG_LEVEL", "warn"},
                  {"ESTEIRA_SWEEP_INTERVAL", "200ms"}};
  for (const auto& [name, value] : more) environment_[name] = value;
  api = std::make_unique<api::Api>(
      runtime::Config(runtime::kApi, runtime::Environment(environment_.begin(), environment_.end())));
  api->start();
}

ApiFixture::~ApiFixture() {
  api.reset();
  broker.remove_queue(queue_);
  broker.remove_exchange(exchange_);
}

const std::string& ApiFixture::small_order() {
  static const std::string order = R"({"customer_id":"123","items":[{"sku":"ABC","qty":2},{"sku":"XYZ","qty":1}]})";
  return order;
}

std::string ApiFixture::order_id(const HttpAnswer& answer) {
  return nlohmann::json::parse(answer.body).at("order_id").get<std::string>();
}

HttpAnswer ApiFixture::post(const std::string& body, std::map<std::string, std::string> headers) const {
  headers.insert({{"Authorization", "Bearer token"}, {"Content-Type", "application/json"}});
  return http_request(api->port(), "POST", "/orders", body, headers);
}

HttpAnswer ApiFixture::get(const std::string& path, std::map<std::string, std::string> headers) const {
  headers.insert({"Authorization", "Bearer token"});
  return http_request(api->port(), "GET", path, "", headers);
}

double ApiFixture::metric(const std::string& line_start) const {
  const auto text = '\n' + get("/metrics").body;
  const auto line = text.find('\n' + line_start);
  return line == std::string::npos ? -1 : std::strtod(text.c_str() + text.find(' ', line), nullptr);
}

bool ApiFixture::becomes_ready() const {
  return wait_until([this] { return get("/readyz").status == 200; });
}

}  // namespace esteira::test
