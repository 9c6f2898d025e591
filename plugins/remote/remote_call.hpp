#pragma once
#include <chrono>
#include <esteira/stage.hpp>
#include <utility>

#include "http_client/call.hpp"
#include "token.hpp"

namespace remote {

/// The request to the service for one task.
class RemoteCall final : public http_client::Call {
 public:
  /// `token` must outlive the call.
  RemoteCall(esteira::Task task, const Token& token) : task_(std::move(task)), token_(token) {}

  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const override { return task_.context().deadline(); }
  [[nodiscard]] bool is_cancelled() const override { return task_.context().stop_requested(); }
  http_client::Request make_request(std::chrono::milliseconds time_left) override;
  /// Completes the task with the outcome of the request.
  void finish(const http_client::Result& result) override;

 private:
  void measure(const http_client::Result& result) const;
  [[nodiscard]] esteira::Outcome outcome(const http_client::Result& result) const;

  const esteira::Task task_;
  const Token& token_;
  std::chrono::steady_clock::time_point sent_;
};

}  // namespace remote
