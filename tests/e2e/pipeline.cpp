#include "tests/e2e/pipeline.hpp"

#include <algorithm>
#include <stdexcept>

#include "plugins/shipped_stages.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/server_url.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

namespace {

constexpr std::chrono::seconds kTimeout{60};

}  // namespace

const std::vector<std::string>& Pipeline::names() {
  static const auto names = [] {
    std::vector<std::string> all{"api"};
    all.insert(all.end(), kShippedStages.begin(), kShippedStages.end());
    return all;
  }();
  return names;
}

Pipeline::Pipeline(Settings settings, const std::string& database_options)
    : exchange_(unique_name("e2e")),
      database_proxy_(proxy_to(database_.url())),
      broker_proxy_(proxy_to(rabbitmq_url())),
      programs_(on_servers(std::move(settings), database_options)) {
  for (const auto& name : names()) launch(name);
  for (const auto& name : names()) programs_.await_ready(name);
}

Pipeline::~Pipeline() {
  programs_.clear();
  for (const auto* stage : kShippedStages) {
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100"}) broker_.remove_queue(queue(stage) + suffix);
  }
  broker_.remove_exchange(exchange_);
}

Pipeline::Settings Pipeline::on_servers(Settings settings, const std::string& database_options) const {
  auto database = through(database_.url(), database_proxy_.port());
  if (!database_options.empty()) database.append("?").append(database_options);
  settings.insert({{"DATABASE_URL", database},
                   {"RABBITMQ_URL", through(rabbitmq_url(), broker_proxy_.port())},
                   {"api/REDIS_URL", redis_url()},
                   {"ESTEIRA_EXCHANGE", exchange_}});
  return settings;
}

HttpAnswer Pipeline::post(const std::string& body, const std::string& key) {
  std::map<std::string, std::string> headers{Programs::authorization(), {"Content-Type", "application/json"}};
  if (!key.empty()) headers["X-Idempotency-Key"] = key;
  return http_request(port("api"), "POST", "/orders", body, headers);
}

std::string Pipeline::place(const std::vector<std::string>& skus, const std::string& key) {
  nlohmann::json body{{"customer_id", "123"}, {"items", nlohmann::json::array()}};
  for (const auto& sku : skus) body["items"].push_back({{"sku", sku}, {"qty", 2}});
  const auto answer = post(body.dump(), key);
  if (answer.status != 202) throw std::runtime_error("not accepted: " + std::to_string(answer.status) + answer.body);
  return nlohmann::json::parse(answer.body).at("order_id");
}

nlohmann::json Pipeline::order(const std::string& id) {
  const auto answer = http_request(port("api"), "GET", "/orders/" + id, "", {Programs::authorization()});
  if (answer.status != 200) throw std::runtime_error("no order: " + std::to_string(answer.status) + answer.body);
  return nlohmann::json::parse(answer.body);
}

bool Pipeline::reaches(const std::string& id, const std::string& status) { return all_reach({id}, status); }

bool Pipeline::all_reach(const std::vector<std::string>& ids, const std::string& status) {
  return std::all_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return wait_until([&] { return database_.value("select status from orders where id = '" + id + "'") == status; },
                      kTimeout);
  });
}

}  // namespace esteira::test
