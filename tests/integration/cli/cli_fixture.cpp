#include "tests/integration/cli/cli_fixture.hpp"

#include <stdexcept>

#include "runtime/orders/envelope/envelope.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/names.hpp"

namespace esteira::test {

using nlohmann::json;

CliFixture::CliFixture() : CliFixture(rabbitmq_url()) {}

CliFixture::CliFixture(const std::string& rabbitmq_url)
    : exchange_(unique_name("cli")), rabbitmq_url_(rabbitmq_url), broker_(rabbitmq_url), session_(database_) {
  declare(dead());
}

CliFixture::~CliFixture() {
  for (const auto& name : queues_) broker_.remove_queue(name);
}

void CliFixture::declare(const std::string& name) {
  broker_.declare_queue(name);
  queues_.insert(name);
}

std::string CliFixture::declare_stage_queue() {
  declare(queue("enrich"));
  return queue("enrich");
}

std::unique_ptr<Process> CliFixture::start_cli(const std::vector<std::string>& arguments, const std::string& crash_at) {
  std::map<std::string, std::string> environment{
      {"DATABASE_URL", database_.url()}, {"RABBITMQ_URL", rabbitmq_url_}, {"ESTEIRA_EXCHANGE", exchange_}};
  if (!crash_at.empty()) environment["CRASH_AT"] = crash_at;
  return std::make_unique<Process>(ESTEIRA_CLI, arguments, environment);
}

CliFixture::Result CliFixture::cli(const std::vector<std::string>& arguments) {
  const auto process = start_cli(arguments);
  const auto code = process->wait(std::chrono::seconds(60));
  return {code.value_or(-1), process->output()};
}

json CliFixture::audit(const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"audit", "--json", "--grace-period", "1s"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto ended = cli(arguments);
  auto report = json::parse(ended.output, nullptr, false);
  if (report.is_discarded()) throw std::runtime_error("no report: " + ended.output);
  if (ended.code != (report.at("clean") ? 0 : 1)) throw std::runtime_error("the exit code contradicts the report");
  return report;
}

std::set<std::string> CliFixture::audit_finds() {
  std::set<std::string> checks;
  const auto report = audit();
  for (const auto& finding : report.at("findings")) checks.insert(finding.at("check"));
  return checks;
}

std::string CliFixture::place() {
  auto id = place_order(session_);
  database_.execute("delete from outbox where order_id = '" + id + "'");
  return id;
}

RecordedResult CliFixture::done(const std::string& id, const std::string& stage, const std::string& status,
                                const std::string& next, const std::string& data, int redrive) {
  auto result = result_for(id, stage, status);
  result.routing_key = next;
  result.data = data;
  result.redrive = redrive;
  return record_one(session_, result);
}

void CliFixture::fail(const std::string& id, const std::string& stage, const std::string& reason, int redrive) {
  auto result = failure_for(id, stage, reason);
  result.redrive = redrive;
  record_one(session_, result);
}

std::string CliFixture::completed() {
  auto id = place();
  done(id, "process", "processing", "order.enrichment.requested");
  done(id, "enrich", "", "order.enriched", R"({"supplier":"S"})");
  done(id, "finalize", "completed", "order.completed");
  return id;
}

std::string CliFixture::failed_with_dead_letter(const std::string& reason) {
  auto id = place();
  done(id, "process", "processing", "order.enrichment.requested");
  fail(id, "enrich", reason);
  put_dead_letter(id, "enrich", 0, reason);
  return id;
}

void CliFixture::age(const std::string& id) {
  database_.execute("update orders set updated_at = updated_at - interval '1 hour' where id = '" + id + "'");
  database_.execute("update order_events set created_at = created_at - interval '1 hour' where order_id = '" + id +
                    "'");
}

void CliFixture::put_dead_letter(const std::string& id, const std::string& stage, int redrive,
                                 const std::string& reason) {
  std::map<std::string, std::string> headers{{"x-esteira-reason", reason}, {"x-esteira-stage", stage}};
  if (redrive > 0) headers["x-esteira-redrive"] = std::to_string(redrive);
  broker_.publish("", queue(stage) + ".dead", dead_letter_of(id).body, headers);
}

runtime::orders::DeadLetter CliFixture::dead_letter_of(const std::string& id, int redrive) const {
  auto order = new_order().order;
  order.order_id = id;
  runtime::orders::DeadLetter letter;
  letter.order_id = id;
  letter.stage = "enrich";
  letter.redrive = redrive;
  letter.reason = "supplier away";
  letter.stage_queue = queue("enrich");
  letter.body = runtime::orders::write_envelope(order);
  return letter;
}

runtime::orders::DeadLetter CliFixture::letter_of(const std::string& id, const std::string& stage) const {
  auto letter = dead_letter_of(id);
  letter.stage = stage;
  letter.stage_queue = queue(stage);
  return letter;
}

std::string CliFixture::outbox() {
  return database_.value(
      "select coalesce(string_agg(exchange || '|' || routing_key || '|' || redrive, ',' order by routing_key), '') "
      "from outbox");
}

std::string CliFixture::status(const std::string& id) {
  return database_.value("select status from orders where id = '" + id + "'");
}

}  // namespace esteira::test
