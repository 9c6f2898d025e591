#include "bench/load/orders_table.hpp"

#include <algorithm>
#include <thread>

#include "runtime/postgres/array.hpp"

namespace esteira::bench {
namespace {

constexpr std::size_t kChunk = 500;
constexpr std::chrono::milliseconds kPause{10};

std::string array_of(const std::vector<std::string>& ids, std::size_t from, std::size_t to) {
  runtime::postgres::ArrayLiteral array;
  for (auto i = from; i < to; ++i) array.add(ids[i]);
  return array.str();
}

}  // namespace

OrdersTable::OrdersTable(const std::string& url) : connection_(url) {
  pqxx::nontransaction work(connection_);
  work.exec0("set application_name = 'esteira-bench'; set enable_seqscan = off");
  created_at_ = work.exec1("select clock_timestamp()")[0].c_str();
  connection_.prepare("ended", "select count(*) from orders where id = any($1::uuid[]) and status >= 'completed'");
  connection_.prepare("failed", "select count(*) from orders where id = any($1::uuid[]) and status = 'failed'");
  connection_.prepare("hops",
                      "select count(*) from order_events "
                      "where order_id = any($1::uuid[]) and stage <> 'api' and outcome = 'done'");
}

std::vector<std::string> OrdersTable::ids() { return ids(SIZE_MAX); }

std::vector<std::string> OrdersTable::ids(std::size_t limit) {
  const auto rows =
      pqxx::nontransaction(connection_)
          .exec("select id from orders limit " + (limit == SIZE_MAX ? std::string("all") : std::to_string(limit)));
  std::vector<std::string> result;
  result.reserve(static_cast<std::size_t>(rows.size()));
  for (const auto& row : rows) result.emplace_back(row[0].c_str());
  return result;
}

std::size_t OrdersTable::count_terminal(const std::vector<std::string>& ids, std::size_t from, std::size_t to) {
  pqxx::nontransaction work(connection_);
  return work.exec_prepared1("ended", array_of(ids, from, to))[0].as<std::size_t>();
}

void OrdersTable::await_chunk(const std::vector<std::string>& ids, std::size_t from, std::size_t to,
                              std::chrono::steady_clock::time_point deadline) {
  const auto await = [&](std::size_t first) {
    while (count_terminal(ids, first, to) < to - first && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kPause);
    }
  };
  await(to - 1);
  await(from);
}

std::size_t OrdersTable::await_terminal(const std::vector<std::string>& ids, std::chrono::seconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::size_t left = 0;
  for (std::size_t from = 0; from < ids.size(); from += kChunk) {
    const auto to = std::min(ids.size(), from + kChunk);
    await_chunk(ids, from, to, deadline);
    left += to - from - count_terminal(ids, from, to);
  }
  return left;
}

std::size_t OrdersTable::count_failed(const std::vector<std::string>& ids) {
  pqxx::nontransaction work(connection_);
  return work.exec_prepared1("failed", array_of(ids, 0, ids.size()))[0].as<std::size_t>();
}

std::size_t OrdersTable::count_hops(const std::vector<std::string>& ids) {
  pqxx::nontransaction work(connection_);
  return work.exec_prepared1("hops", array_of(ids, 0, ids.size()))[0].as<std::size_t>();
}

OrdersTable::StageActivity OrdersTable::stage_activity() {
  pqxx::nontransaction work(connection_);
  const auto row = work.exec_params1(
      "select count(*) filter (where status = 'completed') as completed, "
      "count(*) filter (where outcome = 'done') as hops, "
      "coalesce(extract(epoch from max(created_at) - min(created_at)), 0)::double precision as seconds "
      "from order_events where stage <> 'api' and created_at >= $1::timestamptz",
      created_at_);
  return {row["completed"].as<std::size_t>(), row["hops"].as<std::size_t>(), row["seconds"].as<double>()};
}

}  // namespace esteira::bench
