#include "tests/faults/fault_injector.hpp"

#include <pqxx/pqxx>
#include <thread>

#include "tests/support/wait.hpp"

namespace esteira::faults {
namespace {

/// How long to wait for the bytes after which a cut is due.
constexpr std::chrono::seconds kBytesTimeout{1};
constexpr auto kDefaultWatermark = "0.4";
constexpr double kDegradedShare = 0.7;

}  // namespace

void FaultInjector::inject(const Fault& fault) {
  std::this_thread::sleep_for(fault.pause);
  auto& network = deployment_.network(fault.network);
  switch (fault.kind) {
    case FaultKind::kill_program:
      return deployment_.kill(fault.program);
    case FaultKind::restart_program:
      return deployment_.restart(fault.program);
    case FaultKind::cut_database:
      return cut(network.database, fault);
    case FaultKind::cut_broker:
      return cut(network.broker, fault);
    case FaultKind::stall_database:
      return stall(network.database, fault);
    case FaultKind::stall_broker:
      return stall(network.broker, fault);
    case FaultKind::kill_redis:
      deployment_.servers().kill("redis");
      hold(fault);
      return deployment_.servers().start("redis");
    case FaultKind::kill_postgres:
    case FaultKind::freeze_postgres:
    case FaultKind::end_backends:
      return inject_postgres(fault);
    case FaultKind::kill_provider:
    case FaultKind::freeze_provider:
    case FaultKind::degrade_provider:
      return inject_provider(fault);
    default:
      return inject_rabbitmq(fault);
  }
}

/// Waits for the duration of a fault. Kills its program in the middle, if it names one.
void FaultInjector::hold(const Fault& fault) {
  std::this_thread::sleep_for(fault.hold / 2);
  if (!fault.program.empty()) deployment_.kill(fault.program);
  std::this_thread::sleep_for(fault.hold / 2);
}

void FaultInjector::inject_rabbitmq(const Fault& fault) {
  auto& servers = deployment_.servers();
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
    servers.rabbitmqctl({"set_vm_memory_high_watermark", kDefaultWatermark});
  } else {
    freeze("rabbitmq", fault);
  }
}

void FaultInjector::inject_postgres(const Fault& fault) {
  if (fault.kind == FaultKind::kill_postgres) {
    deployment_.servers().kill("postgres");
    deployment_.servers().start("postgres");
  } else if (fault.kind == FaultKind::freeze_postgres) {
    freeze("postgres", fault);
  } else {
    end_backends();
  }
}

void FaultInjector::inject_provider(const Fault& fault) {
  auto& provider = deployment_.provider();
  if (fault.kind == FaultKind::kill_provider) {
    provider.kill();
    hold(fault);
    provider.start();
  } else if (fault.kind == FaultKind::freeze_provider) {
    provider.freeze();
    hold(fault);
    provider.thaw();
  } else {
    provider.set_faults(kDegradedShare, {"drop_before", "drop_after", "error_after", "limited", "slow", "late"});
    hold(fault);
    provider.set_faults(Deployment::kProviderFaults, Deployment::provider_fault_kinds());
  }
}

void FaultInjector::freeze(const std::string& server, const Fault& fault) {
  deployment_.servers().freeze(server);
  hold(fault);
  deployment_.servers().thaw(server);
}

void FaultInjector::cut(test::TcpProxy& proxy, const Fault& fault) {
  proxy.cut_after(fault.bytes);
  test::wait_until([&proxy] { return proxy.is_cut(); }, kBytesTimeout);
  proxy.cut();
  hold(fault);
  proxy.restore();
}

void FaultInjector::stall(test::TcpProxy& proxy, const Fault& fault) {
  proxy.freeze();
  hold(fault);
  proxy.thaw();
}

void FaultInjector::end_backends() {
  pqxx::connection connection(deployment_.servers().database_url());
  pqxx::nontransaction(connection)
      .exec(
          "select pg_terminate_backend(pid) from pg_stat_activity"
          " where datname = current_database() and pid <> pg_backend_pid() and pid % 3 = 0");
}

}  // namespace esteira::faults
