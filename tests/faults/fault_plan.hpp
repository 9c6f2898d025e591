#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace esteira::faults {

enum class FaultKind {
  kill_program,      ///< SIGKILL, then started again
  restart_program,   ///< SIGTERM, then started again
  kill_rabbitmq,     ///< SIGKILL, and started again
  stop_rabbitmq,     ///< rabbitmqctl stop_app for a while
  freeze_rabbitmq,   ///< SIGSTOP for a while
  block_publishers,  ///< a memory alarm of the broker for a while
  kill_postgres,     ///< SIGKILL of all its processes, and started again
  freeze_postgres,   ///< SIGSTOP of all its processes for a while
  end_backends,      ///< the server terminates some sessions
  cut_database,      ///< connections are reset, one in the middle of a message; no new ones for a while
  cut_broker,
  stall_database,  ///< connections stay open but pass no bytes for a while
  stall_broker,
  kill_redis,        ///< SIGKILL; started again after a while
  kill_provider,     ///< SIGKILL; started again after a while, with its ledger
  freeze_provider,   ///< SIGSTOP for a while
  degrade_provider,  ///< for a while most requests fail, with their effect or without it
};

constexpr int kFaultKinds = 17;
const char* name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kill_program;
  std::chrono::milliseconds pause{0};  ///< before the fault
  std::chrono::milliseconds hold{0};   ///< duration of the fault, if it has one
  std::string
      program;  ///< of kill_program and restart_program; with other faults, a program killed meanwhile; may be empty
  int network = 0;        ///< of cut and stall: which proxies
  std::size_t bytes = 0;  ///< of cut: bytes that pass before it
};

std::string describe(const Fault& fault);

/// Faults for about `duration`; the same arguments give the same faults. They are made in shuffled rounds. Each round
/// has every kind of fault, and faults of programs more often than faults of servers; the first round is always
/// complete. `timeout` is the longest stop of RabbitMQ; other faults are shorter.
std::vector<Fault> make_plan(std::uint64_t seed, std::chrono::seconds duration, std::chrono::seconds timeout,
                             const std::vector<std::string>& programs);

}  // namespace esteira::faults
