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

/// The ids of a batch as an array.
using Batches = runtime::BatchQueue<std::string>;

void store_all(const std::string& url, std::size_t orders, std::size_t batch, Batches& next) {
  BareDatabase database(url);
  for (std::size_t first = 0; first < orders; first += batch) {
    std::vector<Message> messages;
    messages.reserve(batch);
    for (auto number = first; number < std::min(orders, first + batch); ++number) {
      messages.push_back(sample_order(number));
    }
    auto ids = database.store(std::move(messages));
    database.published(ids);
    next.push(std::move(ids));
  }
  next.close();
}

void apply_all(const std::string& url, const BareStage& stage, Batches& batches, Batches* next) {
  BareDatabase database(url);
  for (auto taken = batches.pop(1); !taken.empty(); taken = batches.pop(1)) {
    database.apply(taken.front(), stage);
    if (next != nullptr) next->push(std::move(taken.front()));
  }
  if (next != nullptr) next->close();
}

}  // namespace

void run_postgres_ceiling(const std::string& url, std::size_t orders, std::size_t batch) {
  std::array<Batches, kBareStages.size()> queues;
  std::vector<std::future<void>> sessions;
  sessions.reserve(queues.size() + 1);
  sessions.push_back(std::async(std::launch::async, [&] { store_all(url, orders, batch, queues[0]); }));
  for (std::size_t i = 0; i < queues.size(); ++i) {
    auto* const next = i + 1 < queues.size() ? &queues[i + 1] : nullptr;
    sessions.push_back(
        std::async(std::launch::async, [&, i, next] { apply_all(url, kBareStages[i], queues[i], next); }));
  }
  for (auto& session : sessions) session.get();
}

}  // namespace esteira::bench
