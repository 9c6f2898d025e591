#include "api/db_worker_pool.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>

#include "runtime/http/response_state.hpp"

namespace {

using esteira::api::DbWorkerPool;
using esteira::api::DbWorkerPoolOptions;
using esteira::runtime::http::Responder;
using esteira::runtime::http::Response;
using esteira::runtime::postgres::Session;
using esteira::runtime::postgres::Unavailable;

struct Item {
  int number = 0;
  Responder responder;
  std::string request_id = {};
  std::chrono::steady_clock::time_point received = std::chrono::steady_clock::now();
};

using Pool = DbWorkerPool<Item>;
using Batch = Pool::Batch;

/// The responses to the requests of a test, by number.
class Responses {
 public:
  Item request(int number) {
    return {number, Responder(std::make_shared<Responder::ResponseState>([this, number](Response&& response) {
              const std::lock_guard lock(mutex_);
              responses_[number] = std::move(response);
            }))};
  }
  [[nodiscard]] int status(int number) const {
    const std::lock_guard lock(mutex_);
    const auto found = responses_.find(number);
    return found == responses_.end() ? 0 : found->second.status;
  }
  [[nodiscard]] bool has_retry_after(int number) const {
    const std::lock_guard lock(mutex_);
    const auto& headers = responses_.at(number).headers;
    return std::any_of(headers.begin(), headers.end(),
                       [](const auto& header) { return header.first == "Retry-After"; });
  }

 private:
  mutable std::mutex mutex_;
  std::map<int, Response> responses_;
};

/// Sessions connect at their first use: these never do.
DbWorkerPoolOptions options() {
  DbWorkerPoolOptions options;
  options.database_url = "postgresql://127.0.0.1:1/none";
  options.threads = 1;
  return options;
}

void respond_to_all(Batch& batch) {
  for (auto& item : batch) item.responder.send(Response{});
}

}  // namespace

TEST_CASE("requests queued while all workers are busy are processed as one batch") {
  Responses responses;
  std::promise<void> started;
  std::promise<void> release;
  std::vector<std::size_t> batch_sizes;
  Pool pool(options(), [&](Session&, Batch& batch) {
    batch_sizes.push_back(batch.size());
    if (batch_sizes.size() == 1) {
      started.set_value();
      release.get_future().wait();
    }
    respond_to_all(batch);
  });
  pool.start();
  pool.submit(responses.request(0));
  started.get_future().wait();
  for (int i = 1; i <= 5; ++i) pool.submit(responses.request(i));
  release.set_value();
  pool.stop();
  CHECK(batch_sizes == std::vector<std::size_t>{1, 5});
  CHECK(responses.status(5) == 200);
}

TEST_CASE("a batch has at most max_batch requests") {
  Responses responses;
  auto limited = options();
  limited.max_batch = 2;
  std::vector<std::size_t> batch_sizes;
  Pool pool(limited, [&](Session&, Batch& batch) {
    batch_sizes.push_back(batch.size());
    respond_to_all(batch);
  });
  for (int i = 0; i < 5; ++i) pool.submit(responses.request(i));
  pool.start();
  pool.stop();
  CHECK(batch_sizes == std::vector<std::size_t>{2, 2, 1});
}

TEST_CASE("requests beyond max_queued get 503 with Retry-After at once") {
  Responses responses;
  auto limited = options();
  limited.max_queued = 2;
  Pool pool(limited, [](Session&, Batch& batch) { respond_to_all(batch); });
  pool.submit(responses.request(0));
  CHECK_FALSE(pool.is_full());
  pool.submit(responses.request(1));
  CHECK(pool.is_full());
  pool.submit(responses.request(2));
  CHECK(responses.status(2) == 503);
  CHECK(responses.has_retry_after(2));
  pool.start();
  pool.stop();
  CHECK(responses.status(0) == 200);
  CHECK(responses.status(1) == 200);
}

TEST_CASE("requests queued for longer than max_queue_time get 503 and are not processed") {
  Responses responses;
  std::vector<int> processed;
  Pool pool(options(), [&](Session&, Batch& batch) {
    for (const auto& item : batch) processed.push_back(item.number);
    respond_to_all(batch);
  });
  for (int i = 0; i < 3; ++i) {
    auto request = responses.request(i);
    if (i != 1) request.received -= std::chrono::seconds(21);
    pool.submit(std::move(request));
  }
  pool.start();
  pool.stop();
  CHECK(processed == std::vector<int>{1});
  CHECK(responses.status(0) == 503);
  CHECK(responses.has_retry_after(2));
  CHECK(responses.status(1) == 200);
}

TEST_CASE("all requests of a batch get 503 when PostgreSQL is unavailable, and later batches are processed") {
  Responses responses;
  std::atomic<int> calls = 0;
  auto limited = options();
  limited.max_batch = 2;
  Pool pool(limited, [&](Session&, Batch& batch) {
    if (++calls == 1) throw Unavailable("connection refused");
    respond_to_all(batch);
  });
  for (int i = 0; i < 3; ++i) pool.submit(responses.request(i));
  pool.start();
  pool.stop();
  CHECK(calls == 2);
  CHECK(responses.status(0) == 503);
  CHECK(responses.has_retry_after(1));
  CHECK(responses.status(2) == 200);
}

TEST_CASE("a failed batch is processed one by one, and only the request at fault gets 500") {
  Responses responses;
  Pool pool(options(), [](Session&, Batch& batch) {
    for (const auto& item : batch) {
      if (item.number == 1) throw std::runtime_error("bad request");
    }
    respond_to_all(batch);
  });
  for (int i = 0; i < 3; ++i) pool.submit(responses.request(i));
  pool.start();
  pool.stop();
  CHECK(responses.status(0) == 200);
  CHECK(responses.status(1) == 500);
  CHECK(responses.status(2) == 200);
}

TEST_CASE("a pool can be stopped twice, and without a start") {
  Pool pool(options(), [](Session&, Batch& batch) { respond_to_all(batch); });
  pool.stop();
  CHECK_NOTHROW(pool.stop());
}
