#include "tests/faults/deployment.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

#include "plugins/shipped_stages.hpp"
#include "runtime/postgres/migrations.hpp"
#include "runtime/postgres/session.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/server_url.hpp"

namespace esteira::faults {
namespace {

constexpr std::chrono::seconds kStopTimeout{60};
constexpr std::chrono::minutes kCliTimeout{3};
constexpr auto kRetryDelays = "50ms,100ms";
constexpr auto kProviderTimeout = "1s";  // a frozen provider costs attempts soon
constexpr auto kSettleTime = "3s";       // what a payment did not wait for is done until then
constexpr auto kWorkflows = "default=order.created,checkout=checkout.created";

void migrate_database(const std::string& url) {
  runtime::postgres::Session session(url, "esteira-tests");
  runtime::postgres::migrate(session, runtime::postgres::read_migrations(test::source_dir() / "sql"));
}

/// Some cards, addresses and parcels of any run are refused or lost. Parcels arrive soon.
std::vector<std::string> provider_options(const std::filesystem::path& directory) {
  return {"--ledger",  directory / "provider.ledger",
          "--fault",   std::to_string(Deployment::kProviderFaults),
          "--decline", "0.08",
          "--refuse",  "0.08",
          "--lose",    "0.08",
          "--transit", "0.5",
          "--slow",    "0.3"};
}

std::string upper_case(std::string text) {
  for (auto& c : text) c = static_cast<char>(c - 'a' + 'A');
  return text;
}

bool is_second_replica(const std::string& name) { return name.ends_with("-2"); }

}  // namespace

const std::vector<std::string>& Deployment::programs() {
  static const auto names = [] {
    std::vector<std::string> all{"api", "api-2"};
    for (const std::string stage : kShippedStages) all.insert(all.end(), {stage, stage + "-2"});
    for (const std::string stage : kCheckoutStages) all.insert(all.end(), {stage, stage + "-2"});
    return all;
  }();
  return names;
}

const std::vector<std::string>& Deployment::provider_fault_kinds() {
  static const std::vector<std::string> kinds{"drop_before", "drop_after", "error", "error_after",
                                              "busy",        "limited",    "slow"};
  return kinds;
}

const std::vector<std::string>& Deployment::apis() {
  static const std::vector<std::string> names{"api", "api-2"};
  return names;
}

Deployment::Deployment(const std::string& name, const Settings& settings)
    : servers_(name),
      provider_(provider_options(servers_.directory())),
      networks_{Network{test::proxy_to(servers_.database_url()), test::proxy_to(servers_.rabbitmq_url())},
                Network{test::proxy_to(servers_.database_url()), test::proxy_to(servers_.rabbitmq_url())}},
      programs_(common_settings(settings)) {
  migrate_database(servers_.database_url());
  for (const auto& program : programs()) launch(program);
  await_ready();
}

Deployment::~Deployment() {
  for (const auto& name : programs()) save_log(name);
}

Deployment::Settings Deployment::common_settings(const Settings& more) {
  Settings settings = more;
  settings.insert({{"api/REDIS_URL", servers_.redis_url()}});
  // Chosen orders are refused, so circuit breakers open now and then. Their probes come soon, as the retries do.
  settings.insert({{"ESTEIRA_BREAKER_WAIT", "200ms"}});
  settings.insert({{"ESTEIRA_WORKFLOWS", kWorkflows}, {"api/ESTEIRA_PRICED_WORKFLOWS", "checkout"}});
  for (const std::string stage : kCheckoutStages) {
    const auto prefix = stage + "/" + upper_case(stage);
    settings.insert({{prefix + "_URL", provider_.url()}, {prefix + "_TIMEOUT", kProviderTimeout}});
  }
  settings.insert({{"delivery/DELIVERY_CHECK_EVERY", "200ms"}, {"refund/REFUND_SETTLE_TIME", kSettleTime}});
  return settings;
}

void Deployment::launch(const std::string& name) {
  auto& network = networks_.at(is_second_replica(name) ? 1 : 0);
  programs_.launch(name, {{"DATABASE_URL", test::through(servers_.database_url(), network.database.port())},
                          {"RABBITMQ_URL", test::through(servers_.rabbitmq_url(), network.broker.port())}});
  programs_.await_port(name);
  ports_[name] = programs_.port(name);
}

void Deployment::save_log(const std::string& name) {
  std::ofstream(servers_.directory() / (name + ".log"), std::ios::app) << programs_.at(name).output();
}

void Deployment::kill(const std::string& name) {
  ports_.at(name) = 0;
  programs_.at(name).signal(SIGKILL);
  programs_.at(name).wait();
  save_log(name);
  launch(name);
}

void Deployment::restart(const std::string& name) {
  programs_.at(name).signal(SIGTERM);
  const auto code = programs_.at(name).wait(kStopTimeout);
  ports_.at(name) = 0;
  if (code != 0)
    failures_.push_back(name + " got SIGTERM and " +
                        (code ? "ended with exit code " + std::to_string(*code) : "did not end"));
  save_log(name);
  launch(name);
}

void Deployment::await_ready() {
  for (const auto& name : programs()) await_ready(name);
}

void Deployment::restart_exited() {
  for (const auto& name : programs()) {
    const auto code = programs_.at(name).wait(std::chrono::milliseconds(0));
    if (!code) continue;
    failures_.push_back(name + " ended by itself with exit code " + std::to_string(*code));
    ports_.at(name) = 0;
    save_log(name);
    launch(name);
  }
}

std::pair<int, std::string> Deployment::run_cli(const std::vector<std::string>& arguments) {
  test::Process cli(test::build_dir() / "bin" / "esteira", arguments, cli_environment());
  const auto code = cli.wait(kCliTimeout);
  return {code.value_or(-1), cli.output()};
}

std::map<std::string, std::string> Deployment::cli_environment() {
  return {{"DATABASE_URL", servers_.database_url()},
          {"RABBITMQ_URL", servers_.rabbitmq_url()},
          {"ESTEIRA_WORKFLOWS", kWorkflows},
          {"ESTEIRA_RETRY_DELAYS", kRetryDelays}};
}

std::map<std::string, int> Deployment::queues() {
  std::istringstream lines(servers_.rabbitmqctl({"list_queues", "name", "messages"}));
  std::map<std::string, int> queues;
  std::string name;
  for (int messages = 0; lines >> name >> messages;) queues[name] = messages;
  return queues;
}

}  // namespace esteira::faults
