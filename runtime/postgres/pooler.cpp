#include "runtime/postgres/pooler.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <chrono>
#include <memory>

namespace esteira::runtime::postgres {
namespace {

constexpr std::chrono::milliseconds kAnswerTimeout{1000};

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// False when the connection is lost or the answer does not come in time.
bool await_answer(PGconn* connection) {
  const auto deadline = std::chrono::steady_clock::now() + kAnswerTimeout;
  while (PQisBusy(connection) != 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd answer{PQsocket(connection), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&answer, 1, static_cast<int>(left.count())) < 0) return false;
    if (PQconsumeInput(connection) == 0) return false;
  }
  return true;
}

std::string server_pid_of(PGconn* connection) {
  if (PQsendQuery(connection, "select pg_backend_pid()") == 0 || !await_answer(connection)) return {};
  const Result result(PQgetResult(connection), &PQclear);
  return PQntuples(result.get()) == 1 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace

bool is_given_to_others(int server_pid, const std::string& conninfo) {
  const Connection second(PQconnectdb(conninfo.c_str()), &PQfinish);
  return PQstatus(second.get()) == CONNECTION_OK && server_pid_of(second.get()) == std::to_string(server_pid);
}

}  // namespace esteira::runtime::postgres
