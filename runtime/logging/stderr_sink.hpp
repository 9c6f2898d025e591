#pragma once
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

namespace esteira::runtime::log {

/// Gives each line to StderrWriter, or adds it to the ScopedLogBatch of the calling thread. `flush` writes the lines of
/// that batch. StderrWriter keeps the lines of several threads apart; the formatter must not have mutable state. Set
/// the formatter before the first thread starts.
class StderrSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override;
};

}  // namespace esteira::runtime::log
