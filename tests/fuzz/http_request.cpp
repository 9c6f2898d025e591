#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "runtime/http/request_parser.hpp"
#include "runtime/text/ascii.hpp"
#include "tests/fuzz/targets.hpp"

namespace esteira::fuzz {
namespace {

namespace http = runtime::http;
using http::RequestParser;

constexpr RequestParser::Limits kNarrow{256, 64};
constexpr RequestParser::Limits kWide{std::size_t{64} * 1024, std::size_t{1024} * 1024};

/// Everything that a connection's bytes come to, as text to compare.
struct Story {
  std::string told;
  std::vector<http::Request> requests;
};

std::string shown(const http::Request& request) {
  std::string text = request.method + ' ' + request.path + '?' + request.query;
  for (const auto& [name, value] : request.headers) text.append("\n").append(name).append(": ").append(value);
  return text + "\n\n" + request.body;
}

/// True when the connection is to close.
bool take_all(RequestParser& parser, Story& story) {
  for (auto next = parser.next(); next.index() != 0; next = parser.next()) {
    if (const auto* refusal = std::get_if<RequestParser::ParseError>(&next)) {
      const auto again = parser.next();
      const auto* same = std::get_if<RequestParser::ParseError>(&again);
      promise(same != nullptr && same->status == refusal->status, "a refusal stays");
      story.told += "refused " + std::to_string(refusal->status) + ' ' + std::string(refusal->detail) + " of " +
                    shown(parser.unfinished());
      return true;
    }
    auto& parsed = std::get<RequestParser::Parsed>(next);
    story.told += shown(parsed.request) + (parsed.keep_alive ? "\nkeep\n" : "\nclose\n");
    story.requests.push_back(std::move(parsed.request));
  }
  parser.take_continue();
  return false;
}

template <class NextPiece>
Story tell(std::string_view bytes, RequestParser::Limits limits, NextPiece next_piece) {
  RequestParser parser(limits);
  Story story;
  while (!bytes.empty()) {
    const auto size = std::min<std::size_t>(next_piece(), bytes.size());
    parser.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (take_all(parser, story)) return story;
  }
  if (parser.partial()) story.told += "partial";
  return story;
}

void check_framed(const http::Request& request) {
  promise(runtime::is_token(request.method), "a method is a token");
  promise(request.path.starts_with('/') || request.path == "*", "a path begins with a slash");
  promise(!runtime::has_control(request.path) && !runtime::has_control(request.query),
          "a target has no control characters");
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    promise(runtime::is_token(name), "a header's name is a token");
    promise(value.find_first_of({"\r\n\0", 3}) == std::string::npos, "a header's value is one line");
    promise(runtime::trim_blanks(value) == value, "a header's value is trimmed");
    promise(!runtime::equal_ignoring_case(name, "Transfer-Encoding"), "no chunked body is taken");
    if (runtime::equal_ignoring_case(name, "Host")) ++hosts;
  }
  promise(hosts <= 1, "there is one host");
  const auto length = request.header("Content-Length");
  promise(length ? std::stoull(std::string(*length)) == request.body.size() : request.body.empty(),
          "a body is as long as it says");
}

/// As a plain client would have sent it.
std::string written(const http::Request& request) {
  std::string bytes = request.method + ' ' + request.path;
  if (!request.query.empty()) bytes += '?' + request.query;
  bytes += " HTTP/1.0\r\n";
  for (const auto& [name, value] : request.headers) bytes.append(name).append(": ").append(value).append("\r\n");
  return bytes + "\r\n" + request.body;
}

void check_pieces(std::string_view bytes, RequestParser::Limits limits) {
  const auto whole = tell(bytes, limits, [&] { return bytes.size(); });
  std::minstd_rand random(static_cast<std::uint32_t>(std::hash<std::string_view>()(bytes)));
  std::uniform_int_distribution<std::size_t> length(1, 40);
  for (const auto& request : whole.requests) {
    check_framed(request);
    const auto again = written(request);
    const auto read = tell(again, kWide, [&] { return again.size(); });
    promise(read.requests.size() == 1 && shown(read.requests[0]) == shown(request), "a request written is read again");
  }
  promise(tell(bytes, limits, [] { return 1; }).told == whole.told, "single bytes make no difference");
  promise(tell(bytes, limits, [&] { return length(random); }).told == whole.told, "pieces make no difference");
}

}  // namespace

void http_request(std::string_view input) {
  check_pieces(input, kNarrow);
  check_pieces(input, kWide);
}

}  // namespace esteira::fuzz
