#pragma once
#include <esteira/stage.hpp>
#include <utility>

#include "http_client/call.hpp"

namespace enrich {

/// The request to the supplier for one task.
class SupplierCall final : public http_client::Call {
 public:
  explicit SupplierCall(esteira::Task task) : task_(std::move(task)) {}

  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return task_.context().deadline(); }
  [[nodiscard]] bool is_cancelled() const override { return task_.context().stop_requested(); }
  http_client::Request make_request(std::chrono::milliseconds time_left) override;
  /// Completes the task with the outcome of the request.
  void finish(const http_client::Result& result) override;

 private:
  const esteira::Task task_;
};

}  // namespace enrich
