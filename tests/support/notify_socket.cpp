#include "tests/support/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sstream>
#include <system_error>

#include "tests/support/names.hpp"

namespace esteira::test {
namespace {

runtime::FileDescriptor receive_on(const std::filesystem::path& folder, const std::string& name) {
  std::filesystem::create_directories(folder);
  runtime::FileDescriptor descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), std::min(name.size(), sizeof(address.sun_path) - 1));
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    throw std::system_error(errno, std::generic_category(), "bind " + name);
  }
  return descriptor;
}

}  // namespace

NotifySocket::NotifySocket(bool is_abstract)
    : folder_(std::filesystem::temp_directory_path() / unique_name("esteira_notify")),
      name_(is_abstract ? "@" + folder_.filename().string() : (folder_ / "socket").string()),
      descriptor_(receive_on(folder_, name_)) {}

NotifySocket::~NotifySocket() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

const std::vector<std::string>& NotifySocket::lines() {
  std::array<char, 4096> buffer{};
  while (true) {
    const auto size = ::recv(descriptor_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) return lines_;
    std::istringstream text(std::string(buffer.data(), static_cast<std::size_t>(size)));
    for (std::string line; std::getline(text, line);) lines_.push_back(line);
  }
}

bool NotifySocket::has(const std::string& line) { return std::ranges::count(lines(), line) > 0; }

}  // namespace esteira::test
