#include "runtime/logging/line_formatter.hpp"

#include <string_view>
#include <utility>

#include "runtime/logging/line.hpp"

namespace esteira::runtime::log {

namespace {

thread_local const LineFields* current_fields = nullptr;

/// spdlog's own name is "warning".
std::string_view level_name(spdlog::level::level_enum level) {
  if (level == spdlog::level::warn) return "warn";
  const auto name = spdlog::level::to_string_view(level);
  return {name.data(), name.size()};
}

}  // namespace

LineFields::LineFields(const Field* fields, std::size_t count)
    : fields_(fields), count_(count), outer_(std::exchange(current_fields, this)) {}

LineFields::~LineFields() { current_fields = outer_; }

LineFormatter::LineFormatter(Form form, std::string service, std::string stage)
    : form_(form), service_(std::move(service)), stage_(std::move(stage)) {}

void LineFormatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) {
  Line line{
      message.time, level_name(message.level), {message.payload.data(), message.payload.size()}, service_, stage_};
  if (current_fields != nullptr) {
    line.fields = current_fields->fields_;
    line.count = current_fields->count_;
  }
  form_ == Form::json ? append_json(out, line) : append_readable(out, line);
  out.push_back('\n');
}

std::unique_ptr<spdlog::formatter> LineFormatter::clone() const {
  return std::make_unique<LineFormatter>(form_, service_, stage_);
}

}  // namespace esteira::runtime::log
