#include "api/list_query.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/text/ascii.hpp"
#include "runtime/text/parse_integer.hpp"
#include "runtime/text/percent_decode.hpp"
#include "runtime/text/percent_encode.hpp"
#include "runtime/text/utf8.hpp"

namespace esteira::api {

namespace {

using runtime::http::Violation;

constexpr std::size_t kMaxTextBytes = 512;
constexpr std::size_t kMaxQueryViolations = 20;
constexpr std::size_t kMaxShownName = 40;
constexpr std::size_t kIdDigits = 32;

std::string decode(std::string_view text, bool& valid) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  auto decoded = runtime::percent_decode(spaced);
  valid = decoded && runtime::is_utf8(*decoded) && !runtime::has_control(*decoded);
  return valid ? *std::move(decoded) : std::string();
}

/// Empty when it is no cursor.
std::string parse_cursor(std::string_view cursor) {
  if (cursor.size() != kIdDigits || !std::ranges::all_of(cursor, runtime::is_lower_hex_digit)) return {};
  std::string id(cursor);
  for (const std::size_t place : {8U, 13U, 18U, 23U}) id.insert(place, 1, '-');
  return id;
}

/// "2026-11-29T18:54:13+01:00" from a query in which the '+' was not escaped.
std::string with_plus(std::string time) {
  if (const auto space = time.rfind(' '); space != std::string::npos) time[space] = '+';
  return time;
}

/// Reads the parameters of a query and collects the violations.
class ListQueryReader {
 public:
  std::variant<ListQuery, std::vector<Violation>> read(std::string_view query) {
    while (!query.empty()) {
      const auto part = query.substr(0, query.find('&'));
      query.remove_prefix(std::min(part.size() + 1, query.size()));
      if (!part.empty()) read_parameter(part);
    }
    if (!violations_.empty()) return std::move(violations_);
    return std::move(list_);
  }

 private:
  void add_violation(std::string_view name, std::string_view detail) {
    if (violations_.size() == kMaxQueryViolations) return;
    violations_.push_back({{}, std::string(detail), runtime::clean_utf8(name, kMaxShownName)});
  }

  void read_parameter(std::string_view part) {
    const auto equals = std::min(part.find('='), part.size());
    bool name_valid = false;
    bool value_valid = false;
    const auto name = decode(part.substr(0, equals), name_valid);
    auto value = decode(part.substr(std::min(equals + 1, part.size())), value_valid);
    if (!name_valid || !is_known(name)) {
      add_violation(name_valid ? name : part.substr(0, equals),
                    "is not a parameter; there are customer_id, status, workflow, created_after, limit and cursor");
    } else if (!seen_.insert(name).second) {
      add_violation(name, "is given more than once");
    } else if (!value_valid) {
      add_violation(name, "must be percent-encoded UTF-8 without control characters");
    } else {
      read_value(name, std::move(value));
    }
  }

  static bool is_known(std::string_view name) {
    constexpr std::array<std::string_view, 6> kNames{"customer_id",   "status", "workflow",
                                                     "created_after", "limit",  "cursor"};
    return std::ranges::find(kNames, name) != kNames.end();
  }

  void read_value(std::string_view name, std::string value) {
    if (name == "customer_id") return read_text(name, std::move(value), list_.filter.customer_id);
    if (name == "status") return read_text(name, std::move(value), list_.filter.status);
    if (name == "workflow") return read_text(name, std::move(value), list_.filter.workflow);
    if (name == "created_after") return read_created_after(name, std::move(value));
    if (name == "limit") read_limit(name, value);
    if (name == "cursor") read_cursor(name, value);
  }

  void read_text(std::string_view name, std::string value, std::string& text) {
    if (value.empty() || value.size() > kMaxTextBytes) return add_violation(name, "must have 1 to 512 bytes");
    text = std::move(value);
  }

  void read_created_after(std::string_view name, std::string value) {
    if (const auto time = runtime::parse_rfc3339(with_plus(std::move(value)))) {
      list_.filter.created_after = *time;
    } else {
      add_violation(name, "must be a time such as 2026-11-29T17:54:13Z (RFC 3339)");
    }
  }

  void read_limit(std::string_view name, std::string_view value) {
    const auto limit = runtime::parse_integer<std::size_t>(value);
    if (!limit || *limit == 0 || *limit > kMaxListLimit)
      return add_violation(name, "must be a whole number from 1 to 100");
    list_.limit = *limit;
  }

  void read_cursor(std::string_view name, std::string_view value) {
    list_.after = parse_cursor(value);
    if (list_.after.empty()) add_violation(name, "must be the next_cursor of an answer");
  }

  ListQuery list_;
  std::set<std::string> seen_;
  std::vector<Violation> violations_;
};

void append_parameter(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query += '&';
  query.append(name).append("=").append(runtime::percent_encode(value));
}

}  // namespace

std::variant<ListQuery, std::vector<Violation>> parse_list_query(std::string_view query) {
  return ListQueryReader().read(query);
}

std::string next_page_query(const ListQuery& list, std::string_view next) {
  std::string query;
  append_parameter(query, "customer_id", list.filter.customer_id);
  append_parameter(query, "status", list.filter.status);
  append_parameter(query, "workflow", list.filter.workflow);
  if (list.filter.created_after)
    append_parameter(query, "created_after", runtime::format_rfc3339(*list.filter.created_after));
  append_parameter(query, "limit", std::to_string(list.limit));
  append_parameter(query, "cursor", to_cursor(next));
  return query;
}

std::string to_cursor(std::string_view order_id) {
  std::string cursor(order_id);
  std::erase(cursor, '-');
  return cursor;
}

}  // namespace esteira::api
