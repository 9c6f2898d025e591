#include "tests/support/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include "tests/support/wait.hpp"

namespace esteira::test {
namespace {

std::vector<std::string> environment_lines(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> lines;
  for (const char* name : {"PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && !environment.contains(name)) lines.push_back(std::string(name) + '=' + value);
  }
  for (const auto& [name, value] : environment) lines.push_back(std::string(name).append("=").append(value));
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// The child must not inherit the blocked signals of the test's thread.
pid_t spawn(const std::filesystem::path& program, std::vector<std::string> arguments,
            std::vector<std::string> environment, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, program.c_str(), &actions, &attributes, pointers(arguments).data(),
                                 pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "cannot start " + program.string());
  return pid;
}

}  // namespace

Process::Process(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pipe_ = ends[0];
  std::vector<std::string> all{program.string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  try {
    pid_ = spawn(program, std::move(all), environment_lines(environment), ends[1]);
  } catch (...) {
    close(ends[0]);
    close(ends[1]);
    throw;
  }
  close(ends[1]);
  reader_ = std::thread([this] { read_output(); });
}

Process::~Process() {
  signal(SIGKILL);
  wait();
  if (reader_.joinable()) reader_.join();
  close(pipe_);
}

void Process::read_output() {
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = read(pipe_, buffer.data(), buffer.size())) > 0) {
    std::unique_lock lock(mutex_);
    output_.append(buffer.data(), static_cast<std::size_t>(got));
    released_.wait(lock, [this] { return !is_held_; });
  }
}

void Process::hold_output() {
  const std::lock_guard lock(mutex_);
  is_held_ = true;
}

void Process::release_output() {
  const std::lock_guard lock(mutex_);
  is_held_ = false;
  released_.notify_all();
}

void Process::signal(int number) {
  if (!exit_code_) kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds timeout) {
  int status = 0;
  if (!exit_code_ && wait_until([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }, timeout)) {
    exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    release_output();
    if (reader_.joinable()) reader_.join();
  }
  return exit_code_;
}

std::string Process::output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

}  // namespace esteira::test
