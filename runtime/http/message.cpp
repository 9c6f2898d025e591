#include "runtime/http/message.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/text/ascii.hpp"

namespace esteira::runtime::http {
namespace {

struct ReasonEntry {
  int status;
  std::string_view phrase;
};

constexpr std::array kReasons{ReasonEntry{100, "Continue"},
                              ReasonEntry{200, "OK"},
                              ReasonEntry{201, "Created"},
                              ReasonEntry{202, "Accepted"},
                              ReasonEntry{204, "No Content"},
                              ReasonEntry{304, "Not Modified"},
                              ReasonEntry{400, "Bad Request"},
                              ReasonEntry{401, "Unauthorized"},
                              ReasonEntry{403, "Forbidden"},
                              ReasonEntry{404, "Not Found"},
                              ReasonEntry{405, "Method Not Allowed"},
                              ReasonEntry{406, "Not Acceptable"},
                              ReasonEntry{408, "Request Timeout"},
                              ReasonEntry{409, "Conflict"},
                              ReasonEntry{410, "Gone"},
                              ReasonEntry{411, "Length Required"},
                              ReasonEntry{412, "Precondition Failed"},
                              ReasonEntry{413, "Content Too Large"},
                              ReasonEntry{414, "URI Too Long"},
                              ReasonEntry{415, "Unsupported Media Type"},
                              ReasonEntry{417, "Expectation Failed"},
                              ReasonEntry{422, "Unprocessable Content"},
                              ReasonEntry{428, "Precondition Required"},
                              ReasonEntry{429, "Too Many Requests"},
                              ReasonEntry{431, "Request Header Fields Too Large"},
                              ReasonEntry{500, "Internal Server Error"},
                              ReasonEntry{501, "Not Implemented"},
                              ReasonEntry{502, "Bad Gateway"},
                              ReasonEntry{503, "Service Unavailable"},
                              ReasonEntry{504, "Gateway Timeout"},
                              ReasonEntry{505, "HTTP Version Not Supported"}};

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(),
                                  [&](const auto& header) { return equal_ignoring_case(header.first, name); });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

std::string Request::header_list(std::string_view name) const {
  std::string list;
  for (const auto& [other, value] : headers) {
    if (!equal_ignoring_case(other, name)) continue;
    if (!list.empty()) list += ", ";
    list += value;
  }
  return list;
}

Response problem(int status, std::string_view detail, const std::vector<Violation>& violations) {
  return problem({"about:blank", status, reason_phrase(status)}, detail, violations);
}

Response problem(const ProblemType& type, std::string_view detail, const std::vector<Violation>& violations) {
  nlohmann::json body{{"type", type.uri}, {"title", type.title}, {"status", type.status}, {"detail", detail}};
  for (const auto& violation : violations) {
    const bool in_query = !violation.parameter.empty();
    body["errors"].push_back({{in_query ? "parameter" : "pointer", in_query ? violation.parameter : violation.pointer},
                              {"detail", violation.detail}});
  }
  Response response;
  response.status = type.status;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  response.content_type = "application/problem+json";
  return response;
}

std::string_view reason_phrase(int status) {
  const auto* const found =
      std::find_if(kReasons.begin(), kReasons.end(), [&](const auto& entry) { return entry.status == status; });
  return found == kReasons.end() ? "Unknown" : found->phrase;
}

}  // namespace esteira::runtime::http
