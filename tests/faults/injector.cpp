#include "tests/faults/injector.hpp"

#include <pqxx/pqxx>
#include <thread>

#include "tests/support/wait.hpp"

namespace esteira::faults {
namespace {

/// How long a cut waits for the bytes after which it is to come.
constexpr std::chrono::seconds kBytesPatience{1};
constexpr auto kUsualWatermark = "0.4";

}  // namespace

void Injector::inject(const Fault& fault) {
  std::this_thread::sleep_for(fault.pause);
  auto& network = fleet_.network(fault.network);
  switch (fault.kind) {
    case FaultKind::kill_program:
      return fleet_.kill(fault.program);
    case FaultKind::restart_program:
      return fleet_.restart(fault.program);
    case FaultKind::cut_database:
      return cut(network.database, fault);
    case FaultKind::cut_broker:
      return cut(network.broker, fault);
    case FaultKind::stall_database:
      return stall(network.database, fault);
    case FaultKind::stall_broker:
      return stall(network.broker, fault);
    case FaultKind::kill_redis:
      fleet_.servers().kill("redis");
      hold(fault);
      return fleet_.servers().start("redis");
    case FaultKind::kill_postgres:
    case FaultKind::freeze_postgres:
    case FaultKind::end_backends:
      return harm_postgres(fault);
    default:
      return harm_rabbitmq(fault);
  }
}

/// The time that a fault lasts; a program may fall in the middle of it.
void Injector::hold(const Fault& fault) {
  std::this_thread::sleep_for(fault.hold / 2);
  if (!fault.program.empty()) fleet_.kill(fault.program);
  std::this_thread::sleep_for(fault.hold / 2);
}

void Injector::harm_rabbitmq(const Fault& fault) {
  auto& servers = fleet_.servers();
  if (fault.kind == FaultKind::kill_rabbitmq) {
    servers.kill("rabbitmq");
    servers.start("rabbitmq");
  } else if (fault.kind == FaultKind::stop_rabbitmq) {
    servers.rabbitmqctl({"stop_app"});
    hold(fault);
    servers.rabbitmqctl({"start_app"});
  } else if (fault.kind == FaultKind::block_publishers) {
    servers.rabbitmqctl({"set_vm_memory_high_watermark", "0"});
    hold(fault);
    servers.rabbitmqctl({"set_vm_memory_high_watermark", kUsualWatermark});
  } else {
    freeze("rabbitmq", fault);
  }
}

void Injector::harm_postgres(const Fault& fault) {
  if (fault.kind == FaultKind::kill_postgres) {
    fleet_.servers().kill("postgres");
    fleet_.servers().start("postgres");
  } else if (fault.kind == FaultKind::freeze_postgres) {
    freeze("postgres", fault);
  } else {
    end_backends();
  }
}

void Injector::freeze(const std::string& server, const Fault& fault) {
  fleet_.servers().freeze(server);
  hold(fault);
  fleet_.servers().thaw(server);
}

void Injector::cut(test::TcpProxy& proxy, const Fault& fault) {
  proxy.cut_after(fault.bytes);
  test::wait_until([&proxy] { return proxy.is_cut(); }, kBytesPatience);
  proxy.cut();
  hold(fault);
  proxy.restore();
}

void Injector::stall(test::TcpProxy& proxy, const Fault& fault) {
  proxy.freeze();
  hold(fault);
  proxy.thaw();
}

void Injector::end_backends() {
  pqxx::connection connection(fleet_.servers().database_url());
  pqxx::nontransaction(connection)
      .exec(
          "select pg_terminate_backend(pid) from pg_stat_activity"
          " where datname = current_database() and pid <> pg_backend_pid() and pid % 3 = 0");
}

}  // namespace esteira::faults
