// The settings in k8s/ are those that the programs accept. kustomize and Kubernetes look at neither names nor values.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/environment.hpp"
#include "tests/support/process.hpp"
#include "tests/support/secret_volume.hpp"

namespace {

using Variables = std::map<std::string, std::string>;

/// The files with the settings of programs, seen from the folder of the sources.
std::vector<std::string> settings_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(esteira::test::source_dir() / "k8s")) {
    if (entry.path().filename() != "settings.env") continue;
    files.push_back(std::filesystem::relative(entry.path(), esteira::test::source_dir()).string());
  }
  return files;
}

/// As kustomize reads an env file: NAME=VALUE, comments and empty lines left out.
Variables read_settings(const std::string& file) {
  Variables variables;
  std::ifstream lines(esteira::test::source_dir() / file);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto end = line.find('=');
    variables[line.substr(0, end)] = end == std::string::npos ? "" : line.substr(end + 1);
  }
  return variables;
}

/// The file is in a container only. With it goes an address with TLS.
void replace_ca_file(Variables& variables, const std::string& server, const std::string& address,
                     const std::string& file) {
  const auto found = variables.find(server + "_CA_FILE");
  if (found == variables.end()) return;
  found->second = file;
  variables[server + "_URL"] = address;
}

/// What the program says with --check; empty when it accepts the settings.
std::string refusal(Variables variables) {
  const bool is_host = variables.contains("ESTEIRA_PLUGIN");
  variables["DATABASE_URL"] = "postgresql://localhost/x";
  variables["RABBITMQ_URL"] = "amqp://localhost";
  if (!is_host) variables["SECRET_TOKEN"] = "x";
  const esteira::test::SecretVolume certificates{{"ca.crt", "-----BEGIN CERTIFICATE-----\n"}};
  replace_ca_file(variables, "RABBITMQ", "amqps://localhost", certificates.path_of("ca.crt"));
  replace_ca_file(variables, "REDIS", "rediss://localhost", certificates.path_of("ca.crt"));
  esteira::test::Process process(esteira::test::build_dir() / "bin" / (is_host ? "esteira-host" : "esteira-api"),
                                 {"--check"}, variables);
  return process.wait() == 0 ? "" : process.output();
}

}  // namespace

TEST_CASE("the programs accept the settings of every manifest") {
  const auto files = settings_files();
  CHECK(files.size() >= 4);  // of the API and of the shipped stages
  for (const auto& file : files) {
    INFO(file);
    CHECK(refusal(read_settings(file)).empty());
  }
}

TEST_CASE("a wrong name or value in a manifest is found") {
  auto settings = read_settings("k8s/components/stages/enrich/settings.env");
  settings["ENRICH_DELAI"] = "2s";
  CHECK_THAT(refusal(settings), Catch::Contains("did you mean ENRICH_DELAY?"));
  settings.erase("ENRICH_DELAI");
  settings["ESTEIRA_PREFETCH"] = "many";
  CHECK_THAT(refusal(settings), Catch::Contains("ESTEIRA_PREFETCH"));
}

TEST_CASE("a manifest may name CA files, which only the container has") {
  CHECK(refusal({{"ESTEIRA_PLUGIN", "enrich"}, {"RABBITMQ_CA_FILE", "/etc/esteira/tls/ca.crt"}}).empty());
  CHECK(
      refusal({{"RABBITMQ_CA_FILE", "/etc/esteira/tls/ca.crt"}, {"REDIS_CA_FILE", "/etc/esteira/tls/ca.crt"}}).empty());
}
