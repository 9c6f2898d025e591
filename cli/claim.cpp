#include "cli/claim.hpp"

#include <cstdio>
#include <memory>

#include "cli/command_line.hpp"
#include "cli/confirm.hpp"
#include "cli/installation.hpp"
#include "runtime/amqp/installation_mark.hpp"
#include "runtime/orders/workers/installation_id.hpp"

namespace esteira::cli {
namespace {

int claim(bool yes) {
  const auto installation = Installation::from_environment();
  runtime::postgres::Session session(installation.database_url, "esteira-claim");
  const auto [id, database] = runtime::orders::read_installation_id(session);
  const runtime::amqp::InstallationMark mark(installation.broker, installation.exchange, id, database);
  const auto what = "the exchange " + installation.exchange + " for the database " + database;
  if (!yes && !confirm("claim " + what)) return 1;
  mark.replace();
  std::printf("claimed %s, installation %s\n", what.c_str(), id.c_str());
  return 0;
}

}  // namespace

void add_claim(CLI::App& program) {
  const auto yes = std::make_shared<bool>(false);
  auto& command = add_command(program, "claim", "Let the broker's exchange belong to the installation of the database.",
                              [yes] { return claim(*yes); });
  add_flag(command, "--yes", *yes, "Do not ask.");
}

}  // namespace esteira::cli
