#include <nlohmann/json.hpp>
#include <string>

#include "api/idempotency_key.hpp"
#include "api/list_query.hpp"
#include "api/media_type.hpp"
#include "api/wait_query.hpp"
#include "runtime/http/path_template.hpp"
#include "runtime/logging/line.hpp"
#include "runtime/logging/trace.hpp"
#include "runtime/text/percent_decode.hpp"
#include "runtime/text/percent_encode.hpp"
#include "runtime/text/rfc3339.hpp"
#include "runtime/text/utf8.hpp"
#include "runtime/text/uuid.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

void check_utf8(std::string_view input) {
  const auto clean = runtime::clean_utf8(input);
  require(runtime::is_utf8(clean), "cleaned text is UTF-8");
  require(runtime::is_utf8(input) == (clean == input), "cleaning changes only invalid UTF-8");
  for (const std::size_t limit : {0U, 1U, 2U, 3U, 5U, 17U}) {
    const auto cut = runtime::clean_utf8(input, limit);
    require(cut.size() <= limit && clean.starts_with(cut) && runtime::is_utf8(cut), "text is cut between characters");
  }
}

void check_log(std::string_view input) {
  const runtime::log::Field field("error", input);
  const runtime::log::Line line{{}, "warn", input, "esteira", input, &field, 1};
  spdlog::memory_buf_t written;
  runtime::log::append_json(written, line);
  require(nlohmann::json::parse(written.begin(), written.end()).at("msg") == runtime::clean_utf8(input),
          "a log line holds the text that was logged");
  spdlog::memory_buf_t readable;
  runtime::log::append_readable(readable, line);
  for (const char c : readable) require(c < 0 || c >= ' ', "a log line has no control characters");
}

void check_trace(std::string_view input) {
  static_cast<void>(runtime::trace_id_of(input));
  const auto trace = runtime::Trace::parse(input);
  if (!trace) return;
  const auto again = runtime::Trace::parse(trace->header());
  require(again && again->trace_id == trace->trace_id && again->parent_id == trace->parent_id &&
              again->sampled == trace->sampled,
          "a written traceparent can be parsed");
  require(runtime::trace_id_of(input) == trace->trace_id, "trace_id_of and Trace::parse agree");
}

void check_path(std::string_view input) {
  static const runtime::http::PathTemplate orders("/orders/{id}");
  if (const auto parameters = orders.match(input)) {
    require(parameters->size() == 1 && !parameters->front().empty(), "a match has all parameters");
    require(input == "/orders/" + std::string(parameters->front()), "a template matches its own paths only");
  }
  const auto decoded = runtime::percent_decode(input);
  require(!decoded || decoded->size() <= input.size(), "decoding does not lengthen text");
  require(input.find('%') != std::string_view::npos || decoded == input, "text without a percent sign stays");
}

void check_queries(std::string_view input) {
  static_cast<void>(api::parse_wait(input));
  if (const auto time = runtime::parse_rfc3339(input)) {
    require(runtime::parse_rfc3339(runtime::format_rfc3339(*time)) == time, "a written time is read again");
  }
  require(runtime::percent_decode(runtime::percent_encode(input)) == input, "encoded text is decoded again");
  const auto parsed = api::parse_list_query(input);
  const auto* list = std::get_if<api::ListQuery>(&parsed);
  if (list == nullptr) return require(!std::get<1>(parsed).empty(), "a refused query has a violation");
  require(list->limit >= 1 && list->limit <= api::kMaxListLimit, "a page has a limit");
  const std::string id = list->after.empty() ? "01a223e2-056a-76a4-ae61-109cf5345cc0" : list->after;
  const auto again = api::parse_list_query(api::next_page_query(*list, id));
  const auto* next = std::get_if<api::ListQuery>(&again);
  require(next != nullptr && next->filter.customer_id == list->filter.customer_id &&
              next->filter.status == list->filter.status && next->filter.workflow == list->filter.workflow &&
              next->filter.created_after == list->filter.created_after && next->limit == list->limit &&
              next->after == id,
          "the query for the next page has the same filter");
}

void check_headers(std::string_view input) {
  static_cast<void>(api::is_json(input));
  static_cast<void>(api::is_uncompressed(input));
  runtime::http::Request request;
  request.headers.emplace_back("Idempotency-Key", input);
  const auto key = api::idempotency_key(request);
  if (const auto* text = std::get_if<std::string>(&key)) require(*text == input, "an idempotency key is not changed");
  if (const auto id = runtime::canonical_uuid(input)) {
    require(runtime::canonical_uuid(*id) == id, "a canonical UUID stays as it is");
  }
}

}  // namespace

void text(std::string_view input) {
  check_utf8(input);
  check_log(input);
  check_trace(input);
  check_path(input);
  check_queries(input);
  check_headers(input);
}

}  // namespace esteira::fuzz
