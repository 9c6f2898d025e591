#include "runtime/lifecycle/batch_queue.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "tests/support/wait.hpp"

using esteira::runtime::BatchQueue;
using esteira::test::wait_until;
using std::chrono::milliseconds;

TEST_CASE("pop takes all items in order, up to its limit") {
  BatchQueue<int> queue;
  queue.push_all({1, 2, 3});
  queue.push(4);
  CHECK(queue.pop(3) == std::vector{1, 2, 3});
  CHECK(queue.pop(3) == std::vector{4});
}

TEST_CASE("the queue carries move-only items") {
  BatchQueue<std::unique_ptr<int>> queue;
  for (int i = 0; i < 3; ++i) queue.push(std::make_unique<int>(i));
  CHECK(*queue.pop(2).at(1) == 1);
  CHECK(*queue.pop(2).at(0) == 2);
}

TEST_CASE("a closed queue refuses items and is drained") {
  BatchQueue<int> queue;
  queue.push(1);
  queue.close();
  CHECK_FALSE(queue.push(2));
  CHECK_FALSE(queue.push_all({3}));
  CHECK(queue.pop(9) == std::vector{1});
  CHECK(queue.pop(9).empty());
  CHECK(queue.closed());
}

TEST_CASE("pop_for returns nothing after its timeout") {
  BatchQueue<int> queue;
  CHECK(queue.pop_for(1, milliseconds(1)).empty());
  CHECK_FALSE(queue.closed());
}

TEST_CASE("no item waits while a reader sleeps and the others are busy") {
  constexpr int kReaders = 4;
  BatchQueue<int> queue;
  std::atomic<int> taken{0};
  std::atomic<bool> release{false};
  std::vector<std::thread> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      while (!queue.pop(1).empty()) {
        ++taken;
        wait_until([&] { return release.load(); });
      }
    });
  }
  queue.push_all({1, 2});
  queue.push(3);
  queue.push(4);
  CHECK(wait_until([&] { return taken == kReaders; }));
  release = true;
  queue.close();
  for (auto& reader : readers) reader.join();
}

TEST_CASE("a waiting reader wakes up for an item and for the close") {
  BatchQueue<int> queue;
  std::vector<int> seen;
  std::thread reader([&] {
    for (auto batch = queue.pop(9); !batch.empty(); batch = queue.pop(9))
      seen.insert(seen.end(), batch.begin(), batch.end());
  });
  for (int i = 0; i < 100; ++i) queue.push(i);
  queue.close();
  reader.join();
  CHECK(seen.size() == 100);
}
