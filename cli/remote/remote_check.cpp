#include "cli/remote/remote_check.hpp"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/remote/service_checks.hpp"
#include "cli/remote/service_probe.hpp"

namespace esteira::cli {
namespace {

struct CheckOptions {
  std::string url;
  std::optional<std::string> ca_file;
  std::optional<std::string> token_file;
  std::optional<std::chrono::milliseconds> timeout;
};

/// Plugin and command share the classes that read these files; their errors begin with the setting of the plugin.
std::string with_option(const std::string& error) {
  for (const auto& [setting, option] : {std::pair{"TOKEN_FILE ", "--token-file "}, std::pair{"CA_FILE ", "--ca-file "}})
    if (error.starts_with(setting)) return option + error.substr(error.find(' ') + 1);
  return error;
}

std::unique_ptr<ServiceProbe> make_probe(const CheckOptions& options) {
  try {
    return std::make_unique<ServiceProbe>(
        http_client::Options{.endpoint = http_client::Endpoint::parse(options.url),
                             .ca_file = options.ca_file.value_or(""),
                             .timeout = options.timeout.value_or(std::chrono::seconds(10))},
        remote::Token("", options.token_file.value_or("")));
  } catch (const std::invalid_argument& error) {
    throw UsageError(with_option(error.what()));
  }
}

/// Returns whether the service does what the check wants.
bool run_check(const ServiceCheck& check, ServiceProbe& probe) {
  const auto finding = check.run(probe);
  if (finding.fault.empty()) {
    std::printf("ok    %s\n", check.name);
  } else {
    std::printf("%s  %s: %s; %s\n", finding.is_note ? "note" : "FAIL", check.name, finding.fault.c_str(), check.remedy);
  }
  std::fflush(stdout);
  return finding.fault.empty() || finding.is_note;
}

int check_service(const CheckOptions& options) {
  const auto probe = make_probe(options);
  std::size_t failed = 0;
  const auto& checks = service_checks();
  for (const auto& check : checks) {
    if (run_check(check, *probe)) continue;
    ++failed;
    if (&check == &checks.front()) {
      std::printf("The other checks were not made.\n");
      return 1;
    }
  }
  std::printf("%zu checks: %zu ok, %zu failed\n", checks.size(), checks.size() - failed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

void add_remote_check(CLI::App& remote) {
  const auto options = std::make_shared<CheckOptions>();
  auto& command = add_command(remote, "check", "Send made-up orders to a service, and tell what it does wrong.",
                              [options] { return check_service(*options); });
  add_argument(command, "URL", options->url, "http://, https:// or unix:/path/of/its/socket: an instance for tests.");
  add_text(command, "--ca-file", "FILE", options->ca_file, "Certificate authorities for https://, in PEM.");
  add_text(command, "--token-file", "FILE", options->token_file, "The bearer token of the requests.");
  add_duration(command, "--timeout", options->timeout, "Time that the service has for one request.", "10s");
}

}  // namespace esteira::cli
