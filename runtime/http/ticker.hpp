#pragma once
#include <chrono>
#include <functional>
#include <thread>

#include "runtime/lifecycle/stop_flag.hpp"

namespace esteira::runtime::http {

/// Calls a function periodically on a thread of its own, until the ticker is destroyed.
class Ticker {
 public:
  Ticker(std::chrono::milliseconds period, std::function<void()> tick)
      : thread_([this, period, tick = std::move(tick)] {
          while (!stop_.wait_for(period)) tick();
        }) {}
  ~Ticker() {
    stop_.set();
    thread_.join();
  }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  StopFlag stop_;
  std::thread thread_;
};

}  // namespace esteira::runtime::http
