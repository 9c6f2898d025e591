#include "cli/plugin/host_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

namespace esteira::cli {
namespace {

/// Runs in the child, between fork and exec: only functions that are safe there.
[[noreturn]] void become_host(const char* program, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(EXIT_FAILURE);  // the parent ended before the line above
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execl(program, program, nullptr);
  ::_exit(127);
}

}  // namespace

HostProcess::HostProcess() {
  const auto program = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "esteira-host").string();
  if (::access(program.c_str(), X_OK) != 0) throw std::runtime_error(program + ": " + std::strerror(errno));
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error(std::string("esteira-host cannot be started: ") + std::strerror(errno));
  if (pid_ == 0) become_host(program.c_str(), parent);
}

bool HostProcess::has_ended() {
  if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

void HostProcess::stop() {
  const auto pid = std::exchange(pid_, 0);
  if (pid == 0) return;
  ::kill(pid, SIGTERM);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace esteira::cli
