#include <algorithm>
#include <array>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "bench/ceiling/bare_database.hpp"
#include "bench/ceiling/ceilings.hpp"
#include "bench/ceiling/sample_order.hpp"
#include "runtime/lifecycle/batch_queue.hpp"

namespace esteira::bench {
namespace {

/// Batches on their way to a session; each is the text of an SQL array of order ids.
using BatchQueue = runtime::BatchQueue<std::string>;

void store_all(const std::string& url, std::size_t orders, std::size_t batch, BatchQueue& next) {
  BareDatabase database(url);
  for (std::size_t first = 0; first < orders; first += batch) {
    std::vector<Message> messages;
    messages.reserve(batch);
    for (auto number = first; number < std::min(orders, first + batch); ++number) {
      messages.push_back(sample_order(number));
    }
    auto ids = database.store(std::move(messages));
    database.delete_outbox_rows(ids);
    next.push(std::move(ids));
  }
  next.close();
}

void record_all(const std::string& url, const BareStage& stage, BatchQueue& batches, BatchQueue* next) {
  BareDatabase database(url);
  for (auto taken = batches.pop(1); !taken.empty(); taken = batches.pop(1)) {
    database.record_stage(taken.front(), stage);
    if (next != nullptr) next->push(std::move(taken.front()));
  }
  if (next != nullptr) next->close();
}

}  // namespace

void run_postgres_ceiling(const std::string& url, std::size_t orders, std::size_t batch) {
  std::array<BatchQueue, kBareStages.size()> queues;
  std::vector<std::future<void>> sessions;
  sessions.reserve(queues.size() + 1);
  sessions.push_back(std::async(std::launch::async, [&] { store_all(url, orders, batch, queues[0]); }));
  for (std::size_t i = 0; i < queues.size(); ++i) {
    auto* const next = i + 1 < queues.size() ? &queues[i + 1] : nullptr;
    sessions.push_back(
        std::async(std::launch::async, [&, i, next] { record_all(url, kBareStages[i], queues[i], next); }));
  }
  for (auto& session : sessions) session.get();
}

}  // namespace esteira::bench
