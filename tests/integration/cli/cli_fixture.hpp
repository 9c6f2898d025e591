#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "runtime/orders/operations/redrive.hpp"
#include "tests/integration/orders/order_fixture.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/process.hpp"
#include "tests/support/test_database.hpp"

namespace esteira::test {

/// An installation without API and hosts: a test does their work itself, and runs `esteira` on it.
class CliFixture {
 public:
  struct Result {
    int code = -1;
    std::string output;
  };

  CliFixture();
  explicit CliFixture(const std::string& rabbitmq_url);
  ~CliFixture();
  CliFixture(const CliFixture&) = delete;
  CliFixture& operator=(const CliFixture&) = delete;

  Result cli(const std::vector<std::string>& arguments);
  /// `crash_at` is the name of a crash point; empty: none.
  std::unique_ptr<Process> start_cli(const std::vector<std::string>& arguments, const std::string& crash_at = {});
  /// The report of `audit` with a grace period of one second.
  nlohmann::json audit(const std::vector<std::string>& more = {});
  /// The names of the checks with findings.
  std::set<std::string> audit_finds();

  /// An accepted order whose first event was published.
  std::string place();
  RecordedResult done(const std::string& id, const std::string& stage, const std::string& status,
                      const std::string& next, const std::string& data = {}, int redrive = 0);
  void fail(const std::string& id, const std::string& stage, const std::string& reason, int redrive = 0);
  /// An order that completed process, enrich and finalize.
  std::string completed();
  /// An order that failed in enrich, and its dead letter.
  std::string failed_with_dead_letter(const std::string& reason = "supplier away");
  /// Sets back all times of an order by an hour.
  void age(const std::string& id);

  void put_dead_letter(const std::string& id, const std::string& stage, int redrive, const std::string& reason);
  [[nodiscard]] runtime::orders::DeadLetter dead_letter_of(const std::string& id, int redrive = 0) const;
  /// The same, of another stage than enrich.
  [[nodiscard]] runtime::orders::DeadLetter letter_of(const std::string& id, const std::string& stage) const;
  /// "exchange|routing key|redrive" of each message in the outbox, separated by commas.
  std::string outbox();
  [[nodiscard]] std::string queue(const std::string& stage) const { return exchange_ + "." + stage; }
  [[nodiscard]] std::string dead() const { return queue("enrich") + ".dead"; }
  void declare(const std::string& name);
  /// The queue of enrich, in which redriven orders arrive.
  std::string declare_stage_queue();

  [[nodiscard]] std::string status(const std::string& id);
  TestDatabase& database() { return database_; }
  Broker& broker() { return broker_; }
  runtime::postgres::Session& session() { return session_; }
  [[nodiscard]] const std::string& exchange() const { return exchange_; }

 private:
  const std::string exchange_;
  const std::string rabbitmq_url_;
  TestDatabase database_;
  Broker broker_;
  OrderSession session_;
  std::set<std::string> queues_;
};

}  // namespace esteira::test
