#include "cli/doctor.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "cli/command_line.hpp"
#include "cli/doctor_rights.hpp"
#include "cli/doctor_stages.hpp"
#include "cli/management_api.hpp"
#include "runtime/amqp/connection.hpp"
#include "runtime/amqp/installation_mark.hpp"
#include "runtime/cache/redis.hpp"
#include "runtime/config/config.hpp"
#include "runtime/orders/store/ledger.hpp"
#include "runtime/orders/store/order_store.hpp"
#include "runtime/orders/workers/installation_id.hpp"
#include "runtime/postgres/commit_waits.hpp"
#include "runtime/postgres/migrations.hpp"
#include "runtime/postgres/prerequisites.hpp"
#include "runtime/postgres/session.hpp"

namespace esteira::cli {
namespace {

namespace rt = esteira::runtime;

/// Returns a description of the checked thing. Throws when the check fails; what() is the cause.
using Check = std::function<std::string()>;

/// Prints the line of one check. `remedy` follows the cause of a failure that does not name one itself. Returns false
/// when the check failed.
bool run_check(const char* subject, const char* remedy, const Check& check) {
  try {
    std::printf("ok    %s: %s\n", subject, check().c_str());
    return true;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    const auto cause = text.substr(0, text.find('\n'));
    std::printf("FAIL  %s: %s%s%s\n", subject, cause.c_str(), *remedy == '\0' ? "" : "; ", remedy);
    return false;
  }
}

const std::string& setting(const rt::Config& config, const char* name) {
  if (!config.has(name)) throw rt::ConfigError("not set");
  return config.text(name);
}

/// Throws when the fault is not empty.
void require(const std::string& fault) {
  if (!fault.empty()) throw std::runtime_error(fault);
}

std::string server_state(const std::string& url) {
  std::string version;
  std::string unfit;
  std::string collation;
  rt::postgres::Session session(url, "esteira-doctor");
  session.read([&](pqxx::transaction_base& work) {
    const auto row = work.exec1("select current_setting('server_version'), current_database()");
    version = std::string(row[0].c_str()) + ", database " + row[1].c_str() + ", UTF8";
    unfit = rt::postgres::unfit_server(work);
    if (unfit.empty()) collation = rt::postgres::changed_collation(work);
  });
  require(unfit);
  if (!collation.empty()) std::printf("note  %s\n", collation.c_str());
  return version;
}

std::string schema_state(const std::string& url) {
  rt::postgres::Session session(url, "esteira-doctor");
  require(missing_schema(session));
  return "complete";
}

std::string rights_state(const std::string& url) {
  rt::postgres::Session session(url, "esteira-doctor");
  std::string missing;
  session.read([&](pqxx::transaction_base& work) { missing = rt::postgres::missing_rights(work); });
  require(missing);
  return "complete";
}

void prepare_writing(pqxx::connection& connection) {
  rt::orders::prepare_order_store(connection);
  rt::orders::prepare_ledger(connection);
}

/// Looks for seconds only while a commit waits for a standby: others need a moment, too, where there is one.
void require_commits(rt::postgres::Session& session) {
  constexpr int kLooks = 5;
  rt::postgres::CommitWaits waits;
  for (int look = 1; look <= kLooks; ++look) {
    waits.check(session);
    if (!waits.any()) return;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

/// Writes as the programs do, and rolls back.
std::string writing_state(const std::string& url) {
  rt::postgres::Session session(url, "esteira-doctor", prepare_writing);
  rt::orders::rehearse_store(session, true);
  rt::orders::rehearse_results(session);
  require_commits(session);
  return "orders and results can be stored";
}

rt::amqp::BrokerUrl broker_url(const rt::Config& config) {
  static_cast<void>(setting(config, "RABBITMQ_URL"));
  return rt::amqp::BrokerUrl::read(config);
}

std::string broker_state(const rt::Config& config) {
  rt::amqp::Connection::Options options;
  options.url = broker_url(config);
  options.name = "esteira-doctor";
  rt::amqp::Connection connection(options);
  connection.close();
  return "reachable at " + options.url.display();
}

std::string redis_state(const rt::Config& config) {
  if (!config.has("REDIS_URL")) return "not configured (optional)";
  const auto url = rt::cache::RedisUrl::read(config);
  rt::cache::Redis redis(url, std::chrono::seconds(3));
  const std::string key = "esteira:doctor";  // the rights of the API: to read and to write keys that begin like this
  redis.get({key});
  redis.set({{key, "1"}}, std::chrono::milliseconds(1));
  return "reachable at " + url.host + ":" + std::to_string(url.port);
}

std::string broker_rights_state() {
  require(find_missing_broker_rights(Installation::from_environment()));
  return "complete";
}

/// Prints a line for each difference. They are no faults: the programs work with them.
std::string stage_state() {
  const auto differences = find_stage_differences(Installation::from_environment());
  for (const auto& line : differences) std::printf("note  %s\n", line.c_str());
  return differences.empty() ? "as the settings say"
                             : std::to_string(differences.size()) + " differences, see the notes";
}

/// A policy that can lose messages is a fault, each in a line of its own.
bool check_policies(const rt::Config& config) {
  constexpr const char* kUrl = "RABBITMQ_MANAGEMENT_URL";
  std::vector<std::string> dangers;
  const bool is_read =
      run_check("policies", "correct RABBITMQ_MANAGEMENT_URL; its user needs the tag 'management'", [&] {
        if (!config.has(kUrl)) return std::string("not checked, because RABBITMQ_MANAGEMENT_URL is not set");
        const auto queues =
            read_queue_policies(config.text(kUrl), broker_url(config), config.text("ESTEIRA_EXCHANGE") + ".");
        dangers = find_dangerous_policies(queues);
        return std::to_string(queues.size()) + " queues checked, " + std::to_string(dangers.size()) + " dangers";
      });
  for (const auto& danger : dangers) std::printf("FAIL  %s; remove or restrict it\n", danger.c_str());
  return is_read && dangers.empty();
}

std::string installation_state() {
  const auto installation = Installation::from_environment();
  rt::postgres::Session session(installation.database_url, "esteira-doctor");
  const auto [id, database] = rt::orders::read_installation_id(session);
  require(rt::amqp::InstallationMark(installation.broker, installation.exchange, id, database).compare());
  return "database and broker belong together, " + id;
}

bool check_servers(const rt::Config& config) {
  const auto database = [&config] { return setting(config, "DATABASE_URL"); };
  bool ok = run_check("PostgreSQL", "start it, or correct DATABASE_URL", [&] { return server_state(database()); });
  if (ok) ok = run_check("schema", "", [&] { return schema_state(database()); });
  if (ok) {
    ok = run_check("rights", "grant them", [&] { return rights_state(database()); });
    ok &= run_check("writing", "orders wait meanwhile, and none fails", [&] { return writing_state(database()); });
  }
  ok &= run_check("RabbitMQ", "start it, or correct RABBITMQ_URL", [&] { return broker_state(config); });
  ok &= check_policies(config);
  ok &= run_check("Redis", "start it, correct REDIS_URL, or unset REDIS_URL to run without a cache",
                  [&] { return redis_state(config); });
  if (ok) ok = run_check("broker rights", "grant them: rabbitmqctl set_permissions", broker_rights_state);
  if (ok) ok = run_check("installation", "programs refuse to work until then", installation_state);
  if (ok) ok = run_check("stages", "correct the servers above", stage_state);
  return ok;
}

int run_doctor() {
  std::optional<rt::Config> config;
  const bool readable = run_check("settings", "correct the environment", [&config] {
    config.emplace(rt::kCli, rt::process_environment());
    return std::string("readable");
  });
  return readable && check_servers(*config) ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& program) {
  add_command(program, "doctor", "Check the settings, PostgreSQL, its schema, writing, RabbitMQ and Redis.",
              run_doctor);
}

}  // namespace esteira::cli
