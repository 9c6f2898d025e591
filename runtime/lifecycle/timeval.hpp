#pragma once
#include <sys/time.h>

#include <chrono>

namespace esteira::runtime {

/// A time as the C libraries take it.
inline timeval to_timeval(std::chrono::milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

}  // namespace esteira::runtime
