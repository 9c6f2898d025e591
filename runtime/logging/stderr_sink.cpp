#include "runtime/logging/stderr_sink.hpp"

#include <string_view>

#include "runtime/logging/scoped_log_batch.hpp"
#include "runtime/logging/stderr_writer.hpp"

namespace esteira::runtime::log {

namespace {

// PIPE_BUF: a pipe takes a write of this size in one piece, even while other processes write to it (pipe(7)).
constexpr std::size_t kMaxBatchBytes = 4096;

thread_local ScopedLogBatch* current_batch = nullptr;

void write_lines(std::string_view lines) { StderrWriter::instance().write(lines); }

}  // namespace

void StderrSink::sink_it_(const spdlog::details::log_msg& message) {
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  if (current_batch == nullptr) return write_lines({line.data(), line.size()});
  current_batch->add({line.data(), line.size()});
}

void StderrSink::flush_() {
  if (current_batch != nullptr) current_batch->flush();
}

ScopedLogBatch::ScopedLogBatch() {
  if (current_batch == nullptr) current_batch = this;
}

ScopedLogBatch::~ScopedLogBatch() {
  flush();
  if (current_batch == this) current_batch = nullptr;
}

void ScopedLogBatch::add(std::string_view line) {
  if (lines_.size() + line.size() > kMaxBatchBytes) flush();
  lines_ += line;
}

void ScopedLogBatch::flush() {
  if (!lines_.empty()) write_lines(lines_);
  lines_.clear();
}

}  // namespace esteira::runtime::log
