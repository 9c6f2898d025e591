#include "runtime/http/render.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "runtime/logging/trace.hpp"
#include "runtime/text/ascii.hpp"
#include "runtime/text/uuid.hpp"

namespace esteira::runtime::http {
namespace {

constexpr std::size_t kMaxRequestId = 128;
constexpr std::array<std::string_view, 6> kServerHeaders{"Content-Length", "Content-Type", "Connection",
                                                         "Date",           "X-Request-Id", "Transfer-Encoding"};

std::string format_date(std::time_t now) {
  // Not strftime: its names depend on the locale.
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays.at(utc.tm_wday), utc.tm_mday,
                    kMonths.at(utc.tm_mon), utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

const std::string& http_date() {
  thread_local std::time_t second = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now != second) {
    text = format_date(now);
    second = now;
  }
  return text;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  // A value may repeat what a client sent. A line end in it would start a header of the client's choice.
  if (!is_token(name) || has_control(value)) return;
  out.append(name).append(": ").append(value).append("\r\n");
}

bool is_set_by_server(std::string_view name) {
  return std::any_of(kServerHeaders.begin(), kServerHeaders.end(),
                     [&](std::string_view own) { return equal_ignoring_case(own, name); });
}

}  // namespace

std::string render(const Response& response, const ResponseOptions& options) {
  const bool no_body = response.status == 204 || response.status == 304;
  std::string out;
  out.reserve(512 + response.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(reason_phrase(response.status)).append("\r\n");
  append_header(out, "Date", http_date());
  append_header(out, "Connection", options.keep_alive ? "keep-alive" : "close");
  append_header(out, "X-Request-Id", options.request_id);
  if (!no_body) append_header(out, "Content-Length", std::to_string(response.body.size()));
  if (!no_body && !response.body.empty()) append_header(out, "Content-Type", response.content_type);
  for (const auto* headers : {&response.headers, &options.more_headers}) {
    for (const auto& [name, value] : *headers) {
      if (!is_set_by_server(name)) append_header(out, name, value);
    }
  }
  out.append("\r\n");
  if (!no_body && !options.without_body) out.append(response.body);
  return out;
}

std::string choose_request_id(const Request& request) {
  const auto sent = request.header("X-Request-Id").value_or(std::string_view{});
  const bool usable = !sent.empty() && sent.size() <= kMaxRequestId &&
                      std::all_of(sent.begin(), sent.end(),
                                  [](char c) { return is_ascii_alnum(c) || c == '.' || c == '_' || c == '-'; });
  return usable ? std::string(sent) : random_uuid();
}

}  // namespace esteira::runtime::http
