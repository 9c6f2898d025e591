#include "runtime/http/request_parser.hpp"

#include <catch2/catch.hpp>

namespace {

using esteira::runtime::http::RequestParser;
using Parsed = RequestParser::Parsed;
using ParseError = RequestParser::ParseError;

constexpr RequestParser::Limits kLimits{1024, 4096};
const std::string get_lines = "GET /orders/1?a=b HTTP/1.1\r\nHost: x\r\n";

/// The result of a byte stream fed in pieces: a line for each request, then the status of the error if there is one.
std::string outcome(const std::string& bytes, std::size_t piece) {
  RequestParser parser(kLimits);
  std::string lines;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    parser.feed(std::string_view(bytes).substr(at, piece));
    for (auto next = parser.next(); next.index() != 0; next = parser.next()) {
      if (const auto* error = std::get_if<ParseError>(&next)) return lines + std::to_string(error->status);
      const auto& [request, keep_alive] = std::get<Parsed>(next);
      lines.append(request.method).append(" ").append(request.path).append("?").append(request.query).append(" ");
      lines.append(request.body);
      for (const auto& [name, value] : request.headers) lines.append("|").append(name).append("=").append(value);
      lines += keep_alive ? "\n" : " close\n";
    }
  }
  return lines + (parser.partial() ? "partial" : "");
}

int error_status(const std::string& bytes) {
  RequestParser parser(kLimits);
  parser.feed(bytes);
  const auto next = parser.next();
  const auto* error = std::get_if<ParseError>(&next);
  return error == nullptr ? 0 : error->status;
}

std::string with(const std::string& header) { return get_lines + header + "\r\n\r\n"; }

bool keeps_alive(const std::string& bytes) {
  RequestParser parser(kLimits);
  parser.feed(bytes);
  return std::get<Parsed>(parser.next()).keep_alive;
}

}  // namespace

TEST_CASE("a request is parsed") {
  RequestParser parser(kLimits);
  parser.feed("POST /a%20b?q=1?2 HTTP/1.1\r\nHost: x\r\nX-Tag:  two words \t\r\nContent-Length: 5\r\n\r\nhello");
  const auto parsed = std::get<Parsed>(parser.next());
  CHECK(parsed.request.method == "POST");
  CHECK(parsed.request.path == "/a%20b");
  CHECK(parsed.request.query == "q=1?2");
  CHECK(parsed.request.header("x-TAG") == "two words");
  CHECK_FALSE(parsed.request.header("X-Ta"));
  CHECK(parsed.request.body == "hello");
  CHECK_FALSE(parser.partial());
}

TEST_CASE("an absolute target, as sent to proxies, gives its path") {
  CHECK(outcome("GET http://a:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "GET /p?q |Host=a\n");
  CHECK(outcome("GET HTTP://a HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "GET /? |Host=a\n");
  CHECK(outcome("GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "GET /?q |Host=a\n");
  CHECK(outcome("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "OPTIONS *? |Host=a\n");
}

TEST_CASE("a request with an ambiguous or unsupported body length is rejected") {
  CHECK(error_status(with("Transfer-Encoding: identity")) == 501);
  CHECK(error_status(with("Transfer-Encoding: identity\r\nContent-Length: 0")) == 400);
  CHECK(error_status(with("Content-Length: 1\r\nContent-Length: 1")) == 400);
  CHECK(error_status(with("Content-Length: 1, 1")) == 400);
  CHECK(error_status(with("Content-Length: +1")) == 400);
  CHECK(error_status(with("Content-Length: -1")) == 400);
  CHECK(error_status(with("Content-Length: 0x1")) == 400);
  CHECK(error_status(with("Content-Length:")) == 400);
  CHECK(error_status(with("Content-Length: 4097")) == 413);
  CHECK(error_status(with("Content-Length: 99999999999999999999999999")) == 413);
}

TEST_CASE("malformed header lines are rejected") {
  CHECK(error_status(with("no colon here")) == 400);
  CHECK(error_status(with(": nameless")) == 400);
  CHECK(error_status(with("Name : value")) == 400);
  CHECK(error_status(with("X: folded\r\n onto the next")) == 400);
  CHECK(error_status(with(std::string("X: a\0b", 6))) == 400);
  CHECK(error_status(with("X: a\x1b[0m")) == 400);
  CHECK(error_status(with("X: a\rY: b")) == 400);
  CHECK(error_status(get_lines + "X: bare line end\n") == 400);
  CHECK(error_status(with("X: a\tb \xc3\xa9")) == 0);
}

TEST_CASE("a malformed request line is rejected at once") {
  CHECK(error_status("GET /\r\n") == 400);
  CHECK(error_status("GET  / HTTP/1.1\r\n") == 400);
  CHECK(error_status("GET / HTTP/1.1 \r\n") == 400);
  CHECK(error_status("GET /a b HTTP/1.1\r\n") == 400);
  CHECK(error_status("G\tT / HTTP/1.1\r\n") == 400);
  CHECK(error_status("GET /\xc3\xa9 HTTP/1.1\r\n") == 400);
  CHECK(error_status("GET relative HTTP/1.1\r\n") == 400);
  CHECK(error_status("GET * HTTP/1.1\r\n") == 400);
  CHECK(error_status("CONNECT a:1 HTTP/1.1\r\n") == 400);
  CHECK(error_status("GET / http/1.1\r\n") == 400);
  CHECK(error_status("GET / HTTP/2.0\r\n") == 505);
  CHECK(error_status("GET / HTTP/1.2\r\n") == 505);
}

TEST_CASE("HTTP/1.1 requires one Host header, HTTP/1.0 none") {
  CHECK(error_status("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(error_status("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  CHECK(error_status("GET / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("a request is rejected as soon as it exceeds a limit") {
  CHECK(error_status("\r\nGET /" + std::string(1017, 'a')) == 414);
  CHECK(error_status("GET /" + std::string(2000, 'a')) == 414);
  CHECK(error_status(get_lines + "X: " + std::string(2000, 'a')) == 431);
  std::string many = get_lines;
  for (int i = 0; i < 101; ++i) many += "a:\r\n";
  CHECK(error_status(many) == 431);
  CHECK(error_status(std::string(2000, '\n')) == 400);
}

TEST_CASE("an expectation other than 100-continue is rejected") {
  CHECK(error_status(with("Expect: a-miracle")) == 417);
}

TEST_CASE("100-continue is due once, and not when the body has arrived") {
  const std::string head = get_lines + "Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
  RequestParser parser(kLimits);
  parser.feed(head);
  CHECK(parser.next().index() == 0);
  CHECK(parser.take_continue());
  CHECK_FALSE(parser.take_continue());
  parser.feed("hi" + head + "h");
  CHECK(std::get<Parsed>(parser.next()).request.body == "hi");
  CHECK(parser.next().index() == 0);
  CHECK_FALSE(parser.take_continue());
}

TEST_CASE("keep-alive follows the HTTP version and the Connection header") {
  CHECK(keeps_alive(with("A: b")));
  CHECK_FALSE(keeps_alive(with("Connection: foo , Close")));
  CHECK_FALSE(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
  CHECK(keeps_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  CHECK_FALSE(keeps_alive(with("Connection: keep-alive\r\nConnection: close")));
}

TEST_CASE("the result does not depend on how the bytes are split") {
  const std::string post = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n\r\nGET / HTTP";
  const std::vector<std::string> streams{
      get_lines + "\r\n" + post + "\r\n\r\n" + get_lines + "\r\n" + post + "POST /c HTTP/1.1\r\n",
      post + with("Transfer-Encoding: gzip"),
      get_lines + "\r\n" + get_lines + "bad\r\n" + std::string(5000, 'x'),
      post + "GET /" + std::string(1500, 'a') + " HTTP/9.9\r\n",
      post + get_lines + std::string(1500, 'a') + "\r\n",
      with("Content-Length: 4096") + std::string(4096, 'b') + with("Content-Length: 4097"),
  };
  for (const auto& stream : streams) {
    const auto whole = outcome(stream, stream.size());
    CHECK(whole.size() > 3);
    for (const std::size_t piece : {1, 2, 3, 7, 64, 1000}) CHECK(outcome(stream, piece) == whole);
  }
}

TEST_CASE("after an error no more requests are parsed") {
  RequestParser parser(kLimits);
  parser.feed(with("Content-Length: 5000"));
  CHECK(std::get<ParseError>(parser.next()).status == 413);
  parser.feed("\r\n\r\n" + get_lines + "\r\n");
  CHECK(std::get<ParseError>(parser.next()).status == 413);
}
