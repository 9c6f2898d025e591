#include "tests/e2e/pipeline.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"
#include "tests/support/wait.hpp"

namespace esteira::test {

namespace {

constexpr auto kToken = "a-token-of-the-tests";
constexpr std::chrono::seconds kPatience{60};

std::size_t authority_begin(const std::string& url) {
  const auto scheme = url.find("://") + 3;
  const auto at = url.find('@', scheme);
  return at == std::string::npos ? scheme : at + 1;
}

TcpProxy proxy_of(const std::string& url) {
  const auto [host, port] = endpoint_of(url);
  return {host, port};
}

/// The port in the line that a program logs once it listens; 0 before.
std::uint16_t logged_port(const std::string& output) {
  const auto line = output.find("\"msg\":\"listening\"");
  const auto found = line == std::string::npos ? line : output.find("\"port\":", line);
  return found == std::string::npos ? std::uint16_t{0}
                                    : static_cast<std::uint16_t>(std::strtoul(output.c_str() + found + 7, nullptr, 10));
}

}  // namespace

std::pair<std::string, std::uint16_t> endpoint_of(const std::string& url) {
  const auto begin = authority_begin(url);
  const auto colon = url.find(':', begin);
  return {url.substr(begin, colon - begin),
          static_cast<std::uint16_t>(std::strtoul(url.c_str() + colon + 1, nullptr, 10))};
}

std::string through(const std::string& url, std::uint16_t port) {
  const auto begin = authority_begin(url);
  const auto end = url.find_first_of("/?", begin);
  return url.substr(0, begin) + "127.0.0.1:" + std::to_string(port) + (end == std::string::npos ? "" : url.substr(end));
}

const std::vector<std::string>& Pipeline::names() {
  static const std::vector<std::string> names{"api", "process", "enrich", "finalize"};
  return names;
}

Pipeline::Pipeline(Settings settings)
    : settings_(std::move(settings)),
      exchange_(unique_name("e2e")),
      database_proxy_(proxy_of(database_.url())),
      broker_proxy_(proxy_of(rabbitmq_url())) {
  for (const auto& name : names()) launch(name);
  for (const auto& name : names()) await_ready(name);
}

Pipeline::~Pipeline() {
  programs_.clear();
  for (const auto& stage : {"process", "enrich", "finalize"}) {
    for (const auto* suffix : {"", ".dead", ".retry.50", ".retry.100"}) broker_.remove_queue(queue(stage) + suffix);
  }
  broker_.remove_exchange(exchange_);
}

Pipeline::Settings Pipeline::environment_for(const std::string& name) const {
  Settings environment{{"DATABASE_URL", through(database_.url(), database_proxy_.port())},
                       {"RABBITMQ_URL", through(rabbitmq_url(), broker_proxy_.port())},
                       {"ESTEIRA_EXCHANGE", exchange_},
                       {"ESTEIRA_LOG_FORMAT", "json"}};
  if (name == "api") {
    environment["SECRET_TOKEN"] = kToken;
    environment["REDIS_URL"] = redis_url();
    environment["ESTEIRA_LISTEN"] = "127.0.0.1:0";
    environment["ESTEIRA_SWEEP_INTERVAL"] = "500ms";
  } else {
    environment["ESTEIRA_PLUGIN"] = name;
    environment["ESTEIRA_PLUGIN_DIR"] = build_dir() / "plugins";
    environment["ESTEIRA_ADMIN_LISTEN"] = "127.0.0.1:0";
    environment["ESTEIRA_RETRY_DELAYS"] = "50ms,100ms";
  }
  if (name == "enrich") environment["ENRICH_DELAY"] = "20ms";
  for (const auto& [key, value] : settings_) {
    const auto slash = key.find('/');
    const auto setting = key.substr(slash == std::string::npos ? 0 : slash + 1);
    const bool is_of_enrich = key.rfind("ENRICH_", 0) == 0;
    const auto owner = is_of_enrich ? "enrich" : slash == std::string::npos ? name : key.substr(0, slash);
    if (owner != name) continue;
    environment[setting] = value;
    if (value.empty()) environment.erase(setting);
  }
  return environment;
}

void Pipeline::launch(const std::string& name, const Settings& more) {
  const auto program = build_dir() / "bin" / (name == "api" ? "esteira-api" : "esteira-host");
  auto environment = environment_for(name);
  for (const auto& [key, value] : more) environment[key] = value;
  programs_[name] = {std::make_unique<Process>(program, std::vector<std::string>{}, environment), 0};
}

void Pipeline::await_ready(const std::string& name) {
  auto& program = programs_.at(name);
  const auto is_ready = [&] {
    program.port = logged_port(program.process->output());
    try {
      return program.port != 0 && http_request(program.port, "GET", "/readyz").status == 200;
    } catch (const std::exception&) {
      return false;
    }
  };
  if (!wait_until(is_ready, kPatience)) throw std::runtime_error(name + " is not ready:\n" + program.process->output());
}

void Pipeline::start(const std::string& name, const Settings& more) {
  launch(name, more);
  await_ready(name);
}

HttpAnswer Pipeline::post(const std::string& body, const std::string& key) {
  std::map<std::string, std::string> headers{{"Authorization", std::string("Bearer ") + kToken},
                                             {"Content-Type", "application/json"}};
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
  const auto answer =
      http_request(port("api"), "GET", "/orders/" + id, "", {{"Authorization", std::string("Bearer ") + kToken}});
  if (answer.status != 200) throw std::runtime_error("no order: " + std::to_string(answer.status) + answer.body);
  return nlohmann::json::parse(answer.body);
}

bool Pipeline::reaches(const std::string& id, const std::string& status) { return all_reach({id}, status); }

bool Pipeline::all_reach(const std::vector<std::string>& ids, const std::string& status) {
  return std::all_of(ids.begin(), ids.end(), [&](const std::string& id) {
    return wait_until([&] { return database_.value("select status from orders where id = '" + id + "'") == status; },
                      kPatience);
  });
}

}  // namespace esteira::test
