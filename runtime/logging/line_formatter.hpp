#pragma once
#include <spdlog/formatter.h>

#include <cstddef>
#include <memory>
#include <string>

#include "runtime/logging/log.hpp"

namespace esteira::runtime::log {

/// The fields of the line that this thread logs while the object lives. They reach the formatter by a pointer of the
/// thread, because spdlog's log_msg has no place for them; the logger formats on the calling thread.
class LineFields {
 public:
  LineFields(const Field* fields, std::size_t count);
  ~LineFields();
  LineFields(const LineFields&) = delete;
  LineFields& operator=(const LineFields&) = delete;

 private:
  friend class LineFormatter;
  const Field* const fields_;
  const std::size_t count_;
  const LineFields* const outer_;
};

/// Formats a spdlog message and the fields of the calling thread as one line with a newline. It has no mutable state,
/// so that several threads may format at the same time.
class LineFormatter final : public spdlog::formatter {
 public:
  enum class Form { json, readable };
  /// `service` and `stage` are left out of a line when empty.
  LineFormatter(Form form, std::string service, std::string stage);

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override;
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override;

 private:
  const Form form_;
  const std::string service_;
  const std::string stage_;
};

}  // namespace esteira::runtime::log
