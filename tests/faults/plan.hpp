#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace esteira::faults {

enum class FaultKind {
  kill_program,      ///< SIGKILL, and started again
  restart_program,   ///< SIGTERM, and started again once it has ended
  kill_rabbitmq,     ///< SIGKILL, and started again
  stop_rabbitmq,     ///< taken out of service for a while
  freeze_rabbitmq,   ///< SIGSTOP for a while
  block_publishers,  ///< an alarm of the broker for a while
  kill_postgres,     ///< SIGKILL of all its processes, and started again
  freeze_postgres,   ///< SIGSTOP of all its processes for a while
  end_backends,      ///< some sessions are terminated by the server
  cut_database,      ///< connections reset, one in the middle of a message; no new ones for a while
  cut_broker,
  stall_database,  ///< connections stay and carry no byte for a while
  stall_broker,
  kill_redis,  ///< gone for a while
};

constexpr int kFaultKinds = 14;
const char* name_of(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::kill_program;
  std::chrono::milliseconds pause{0};  ///< before it
  std::chrono::milliseconds hold{0};   ///< how long it lasts, where it lasts
  std::string program;    ///< of kill_program and restart_program; with others one killed meanwhile, or none
  int network = 0;        ///< of cut and stall
  std::size_t bytes = 0;  ///< of cut: how many more pass before
};

std::string describe(const Fault& fault);

/// Faults for about `duration`, the same for the same arguments. They come in decks, each with every kind in it and
/// with programs more often than servers; the first deck is always whole. `timeout` is how long RabbitMQ is stopped at
/// most, other holds are shorter.
std::vector<Fault> make_plan(std::uint64_t seed, std::chrono::seconds duration, std::chrono::seconds timeout,
                             const std::vector<std::string>& programs);

}  // namespace esteira::faults
