#include "tests/faults/fleet.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

#include "runtime/postgres/migrations.hpp"
#include "runtime/postgres/session.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/server_url.hpp"

namespace esteira::faults {
namespace {

constexpr std::chrono::seconds kStopPatience{60};
constexpr std::chrono::minutes kCliPatience{3};
constexpr auto kRetryDelays = "50ms,100ms";

void migrate_database(const std::string& url) {
  runtime::postgres::Session session(url, "esteira-tests");
  runtime::postgres::migrate(session, runtime::postgres::read_migrations(test::source_dir() / "sql"));
}

bool is_second(const std::string& name) { return name.ends_with("-2"); }

}  // namespace

const std::vector<std::string>& Fleet::programs() {
  static const std::vector<std::string> names{"api",    "api-2",    "process",  "process-2",
                                              "enrich", "enrich-2", "finalize", "finalize-2"};
  return names;
}

const std::vector<std::string>& Fleet::apis() {
  static const std::vector<std::string> names{"api", "api-2"};
  return names;
}

Fleet::Fleet(const std::string& name, const Settings& settings)
    : servers_(name),
      networks_{Network{test::proxy_to(servers_.database_url()), test::proxy_to(servers_.rabbitmq_url())},
                Network{test::proxy_to(servers_.database_url()), test::proxy_to(servers_.rabbitmq_url())}},
      programs_(common_settings(settings)) {
  migrate_database(servers_.database_url());
  for (const auto& program : programs()) launch(program);
  await_ready();
}

Fleet::~Fleet() {
  for (const auto& name : programs()) keep_log(name);
}

Fleet::Settings Fleet::common_settings(const Settings& more) {
  Settings settings = more;
  settings.insert({{"api/REDIS_URL", servers_.redis_url()}});
  return settings;
}

void Fleet::launch(const std::string& name) {
  auto& network = networks_.at(is_second(name) ? 1 : 0);
  programs_.launch(name, {{"DATABASE_URL", test::through(servers_.database_url(), network.database.port())},
                          {"RABBITMQ_URL", test::through(servers_.rabbitmq_url(), network.broker.port())}});
  programs_.await_port(name);
  doors_[name] = programs_.port(name);
}

void Fleet::keep_log(const std::string& name) {
  std::ofstream(servers_.directory() / (name + ".log"), std::ios::app) << programs_.at(name).output();
}

void Fleet::kill(const std::string& name) {
  doors_.at(name) = 0;
  programs_.at(name).signal(SIGKILL);
  programs_.at(name).wait();
  keep_log(name);
  launch(name);
}

void Fleet::restart(const std::string& name) {
  programs_.at(name).signal(SIGTERM);
  const auto code = programs_.at(name).wait(kStopPatience);
  doors_.at(name) = 0;
  if (code != 0)
    complaints_.push_back(name + " was told to stop and " + (code ? "ended with " + std::to_string(*code) : "did not"));
  keep_log(name);
  launch(name);
}

void Fleet::await_ready() {
  for (const auto& name : programs()) await_ready(name);
}

void Fleet::tend() {
  for (const auto& name : programs()) {
    const auto code = programs_.at(name).wait(std::chrono::milliseconds(0));
    if (!code) continue;
    complaints_.push_back(name + " ended by itself with " + std::to_string(*code));
    doors_.at(name) = 0;
    keep_log(name);
    launch(name);
  }
}

std::pair<int, std::string> Fleet::run_cli(const std::vector<std::string>& arguments) {
  test::Process cli(test::build_dir() / "bin" / "esteira", arguments,
                    {{"DATABASE_URL", servers_.database_url()},
                     {"RABBITMQ_URL", servers_.rabbitmq_url()},
                     {"ESTEIRA_RETRY_DELAYS", kRetryDelays}});
  const auto code = cli.wait(kCliPatience);
  return {code.value_or(-1), cli.output()};
}

std::map<std::string, int> Fleet::queues() {
  std::istringstream lines(servers_.rabbitmqctl({"list_queues", "name", "messages"}));
  std::map<std::string, int> queues;
  std::string name;
  for (int messages = 0; lines >> name >> messages;) queues[name] = messages;
  return queues;
}

}  // namespace esteira::faults
