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

/// What the parser made of the bytes of a connection.
struct Transcript {
  std::string text;  ///< requests and errors, for comparison
  std::vector<http::Request> requests;
};

std::string shown(const http::Request& request) {
  std::string text = request.method + ' ' + request.path + '?' + request.query;
  for (const auto& [name, value] : request.headers) text.append("\n").append(name).append(": ").append(value);
  return text + "\n\n" + request.body;
}

/// Parses all complete requests. Returns whether the connection is to be closed.
bool parse_requests(RequestParser& parser, Transcript& transcript) {
  for (auto next = parser.next(); next.index() != 0; next = parser.next()) {
    if (const auto* error = std::get_if<RequestParser::ParseError>(&next)) {
      const auto again = parser.next();
      const auto* same = std::get_if<RequestParser::ParseError>(&again);
      require(same != nullptr && same->status == error->status, "an error is final");
      transcript.text += "refused " + std::to_string(error->status) + ' ' + std::string(error->detail) + " of " +
                         shown(parser.unfinished());
      return true;
    }
    auto& parsed = std::get<RequestParser::Parsed>(next);
    transcript.text += shown(parsed.request) + (parsed.keep_alive ? "\nkeep\n" : "\nclose\n");
    transcript.requests.push_back(std::move(parsed.request));
  }
  parser.take_continue();
  return false;
}

template <class NextPiece>
Transcript parse_in_pieces(std::string_view bytes, RequestParser::Limits limits, NextPiece next_piece) {
  RequestParser parser(limits);
  Transcript transcript;
  while (!bytes.empty()) {
    const auto size = std::min<std::size_t>(next_piece(), bytes.size());
    parser.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (parse_requests(parser, transcript)) return transcript;
  }
  if (parser.partial()) transcript.text += "partial";
  return transcript;
}

bool is_chunked(const http::Request& request) { return request.header("Transfer-Encoding").has_value(); }

void check_framed(const http::Request& request) {
  require(runtime::is_token(request.method), "a method is a token");
  require(request.path.starts_with('/') || request.path == "*", "a path begins with a slash, or is *");
  require(!runtime::has_control(request.path) && !runtime::has_control(request.query),
          "a target has no control characters");
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    require(runtime::is_token(name), "a header name is a token");
    require(value.find_first_of({"\r\n\0", 3}) == std::string::npos, "a header value is one line");
    require(runtime::trim_blanks(value) == value, "a header value is trimmed");
    if (runtime::equal_ignoring_case(name, "Host")) ++hosts;
  }
  require(hosts <= 1, "a request has at most one Host header");
  const auto length = request.header("Content-Length");
  require(!length || !is_chunked(request), "a body has one length");
  require(
      length ? std::stoull(std::string(*length)) == request.body.size() : request.body.empty() || is_chunked(request),
      "a body has the length of its Content-Length");
}

/// `body` in chunks of at most seven bytes.
std::string in_chunks(std::string_view body) {
  std::string chunks;
  for (; !body.empty(); body.remove_prefix(std::min<std::size_t>(body.size(), 7))) {
    const auto chunk = body.substr(0, 7);
    chunks.append(std::to_string(chunk.size())).append("\r\n").append(chunk).append("\r\n");
  }
  return chunks + "0\r\n\r\n";
}

/// The bytes that a simple client would send for `request`.
std::string written(const http::Request& request) {
  std::string bytes = request.method + ' ' + request.path;
  if (!request.query.empty()) bytes += '?' + request.query;
  bytes += is_chunked(request) ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n";
  for (const auto& [name, value] : request.headers) bytes.append(name).append(": ").append(value).append("\r\n");
  bytes += "\r\n";
  return is_chunked(request) ? bytes + in_chunks(request.body) : bytes + request.body;
}

void check_pieces(std::string_view bytes, RequestParser::Limits limits) {
  const auto whole = parse_in_pieces(bytes, limits, [&] { return bytes.size(); });
  std::minstd_rand random(static_cast<std::uint32_t>(std::hash<std::string_view>()(bytes)));
  std::uniform_int_distribution<std::size_t> length(1, 40);
  for (const auto& request : whole.requests) {
    check_framed(request);
    const auto again = written(request);
    const auto read = parse_in_pieces(again, kWide, [&] { return again.size(); });
    require(read.requests.size() == 1 && shown(read.requests[0]) == shown(request),
            "a written request is parsed again");
  }
  require(parse_in_pieces(bytes, limits, [] { return 1; }).text == whole.text, "single bytes give the same result");
  require(parse_in_pieces(bytes, limits, [&] { return length(random); }).text == whole.text,
          "pieces give the same result");
}

}  // namespace

void http_request(std::string_view input) {
  check_pieces(input, kNarrow);
  check_pieces(input, kWide);
}

}  // namespace esteira::fuzz
