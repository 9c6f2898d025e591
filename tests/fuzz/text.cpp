#include <nlohmann/json.hpp>
#include <string>

#include "api/idempotency_key.hpp"
#include "api/media_type.hpp"
#include "runtime/http/path_template.hpp"
#include "runtime/logging/line.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/text/percent_decode.hpp"
#include "runtime/text/utf8.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

void check_utf8(std::string_view input) {
  const auto clean = runtime::clean_utf8(input);
  promise(runtime::is_utf8(clean), "what is cleaned is UTF-8");
  promise(runtime::is_utf8(input) == (clean == input), "only what is no UTF-8 is changed");
  for (const std::size_t limit : {0U, 1U, 2U, 3U, 5U, 17U}) {
    const auto cut = runtime::clean_utf8(input, limit);
    promise(cut.size() <= limit && clean.starts_with(cut) && runtime::is_utf8(cut), "a cut is between characters");
  }
}

void check_log(std::string_view input) {
  const runtime::log::Field field("error", input);
  const runtime::log::Line line{{}, "warn", input, "esteira", input, &field, 1};
  spdlog::memory_buf_t written;
  runtime::log::append_json(written, line);
  promise(nlohmann::json::parse(written.begin(), written.end()).at("msg") == runtime::clean_utf8(input),
          "a log line holds the text that was logged");
  spdlog::memory_buf_t readable;
  runtime::log::append_readable(readable, line);
  for (const char c : readable) promise(c < 0 || c >= ' ', "a log line steers no terminal");
}

void check_trace(std::string_view input) {
  static_cast<void>(runtime::trace_id_of(input));
  const auto trace = runtime::Trace::parse(input);
  if (!trace) return;
  const auto again = runtime::Trace::parse(trace->header());
  promise(again && again->trace_id == trace->trace_id && again->parent_id == trace->parent_id &&
              again->sampled == trace->sampled,
          "a trace written is read again");
  promise(runtime::trace_id_of(input) == trace->trace_id, "one reading of a trace's id");
}

void check_path(std::string_view input) {
  static const runtime::http::PathTemplate orders("/orders/{id}");
  if (const auto parameters = orders.match(input)) {
    promise(parameters->size() == 1 && !parameters->front().empty(), "a template's parameters are all there");
    promise(input == "/orders/" + std::string(parameters->front()), "a template takes its own path only");
  }
  const auto decoded = runtime::percent_decode(input);
  promise(!decoded || decoded->size() <= input.size(), "decoding makes nothing longer");
  promise(input.find('%') != std::string_view::npos || decoded == input, "what is not encoded stays");
}

void check_headers(std::string_view input) {
  static_cast<void>(api::is_json(input));
  runtime::http::Request request;
  request.headers.emplace_back("Idempotency-Key", input);
  const auto key = api::idempotency_key(request);
  if (const auto* taken = std::get_if<std::string>(&key)) promise(*taken == input, "a key is taken as it is");
  if (const auto id = runtime::canonical_uuid(input)) {
    promise(runtime::canonical_uuid(*id) == id, "a UUID written is read again");
  }
}

}  // namespace

void text(std::string_view input) {
  check_utf8(input);
  check_log(input);
  check_trace(input);
  check_path(input);
  check_headers(input);
}

}  // namespace esteira::fuzz
