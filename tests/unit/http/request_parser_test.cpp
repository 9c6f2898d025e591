#include "runtime/http/request_parser.hpp"

#include <catch2/catch.hpp>

namespace {

using esteira::runtime::http::RequestParser;
using Parsed = RequestParser::Parsed;
using ParseError = RequestParser::ParseError;

constexpr RequestParser::Limits kLimits{1024, 4096};
const std::string get_lines = "GET /orders/1?a=b HTTP/1.1\r\nHost: x\r\n";

/// What a connection's bytes come to: a line for each request, then the status of the refusal if there is one.
std::string outcome(const std::string& bytes, std::size_t piece) {
  RequestParser parser(kLimits);
  std::string lines;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    parser.feed(std::string_view(bytes).substr(at, piece));
    for (auto next = parser.next(); next.index() != 0; next = parser.next()) {
      if (const auto* refusal = std::get_if<ParseError>(&next)) return lines + std::to_string(refusal->status);
      const auto& [request, keep_alive] = std::get<Parsed>(next);
      lines.append(request.method).append(" ").append(request.path).append("?").append(request.query).append(" ");
      lines.append(request.body);
      for (const auto& [name, value] : request.headers) lines.append("|").append(name).append("=").append(value);
      lines += keep_alive ? "\n" : " close\n";
    }
  }
  return lines + (parser.partial() ? "partial" : "");
}

int refused(const std::string& bytes) {
  RequestParser parser(kLimits);
  parser.feed(bytes);
  const auto next = parser.next();
  const auto* refusal = std::get_if<ParseError>(&next);
  return refusal == nullptr ? 0 : refusal->status;
}

std::string with(const std::string& header) { return get_lines + header + "\r\n\r\n"; }

bool keeps_alive(const std::string& bytes) {
  RequestParser parser(kLimits);
  parser.feed(bytes);
  return std::get<Parsed>(parser.next()).keep_alive;
}

}  // namespace

TEST_CASE("a request is taken apart") {
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

TEST_CASE("a proxy's absolute target gives its path") {
  CHECK(outcome("GET http://a:1/p?q HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "GET /p?q |Host=a\n");
  CHECK(outcome("GET HTTP://a HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "GET /? |Host=a\n");
  CHECK(outcome("GET http://a?q HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "GET /?q |Host=a\n");
  CHECK(outcome("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 999) == "OPTIONS *? |Host=a\n");
}

TEST_CASE("what frames no request for certain is refused") {
  CHECK(refused(with("Transfer-Encoding: chunked")) == 411);
  CHECK(refused(with("Transfer-Encoding: identity\r\nContent-Length: 0")) == 411);
  CHECK(refused(with("Content-Length: 1\r\nContent-Length: 1")) == 400);
  CHECK(refused(with("Content-Length: 1, 1")) == 400);
  CHECK(refused(with("Content-Length: +1")) == 400);
  CHECK(refused(with("Content-Length: -1")) == 400);
  CHECK(refused(with("Content-Length: 0x1")) == 400);
  CHECK(refused(with("Content-Length:")) == 400);
  CHECK(refused(with("Content-Length: 4097")) == 413);
  CHECK(refused(with("Content-Length: 99999999999999999999999999")) == 413);
}

TEST_CASE("header lines that are not well formed are refused") {
  CHECK(refused(with("no colon here")) == 400);
  CHECK(refused(with(": nameless")) == 400);
  CHECK(refused(with("Name : value")) == 400);
  CHECK(refused(with("X: folded\r\n onto the next")) == 400);
  CHECK(refused(with(std::string("X: a\0b", 6))) == 400);
  CHECK(refused(with("X: a\x1b[0m")) == 400);
  CHECK(refused(with("X: a\rY: b")) == 400);
  CHECK(refused(get_lines + "X: bare line end\n") == 400);
  CHECK(refused(with("X: a\tb \xc3\xa9")) == 0);
}

TEST_CASE("a request line that is not well formed is refused at once") {
  CHECK(refused("GET /\r\n") == 400);
  CHECK(refused("GET  / HTTP/1.1\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1 \r\n") == 400);
  CHECK(refused("GET /a b HTTP/1.1\r\n") == 400);
  CHECK(refused("G\tT / HTTP/1.1\r\n") == 400);
  CHECK(refused("GET /\xc3\xa9 HTTP/1.1\r\n") == 400);
  CHECK(refused("GET relative HTTP/1.1\r\n") == 400);
  CHECK(refused("GET * HTTP/1.1\r\n") == 400);
  CHECK(refused("CONNECT a:1 HTTP/1.1\r\n") == 400);
  CHECK(refused("GET / http/1.1\r\n") == 400);
  CHECK(refused("GET / HTTP/2.0\r\n") == 505);
  CHECK(refused("GET / HTTP/1.2\r\n") == 505);
}

TEST_CASE("HTTP/1.1 needs one Host, HTTP/1.0 none") {
  CHECK(refused("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  CHECK(refused("GET / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("limits are refused as soon as they are passed") {
  CHECK(refused("\r\nGET /" + std::string(1017, 'a')) == 414);
  CHECK(refused("GET /" + std::string(2000, 'a')) == 414);
  CHECK(refused(get_lines + "X: " + std::string(2000, 'a')) == 431);
  std::string many = get_lines;
  for (int i = 0; i < 101; ++i) many += "a:\r\n";
  CHECK(refused(many) == 431);
  CHECK(refused(std::string(2000, '\n')) == 400);
}

TEST_CASE("an expectation that is not 100-continue is refused") { CHECK(refused(with("Expect: a-miracle")) == 417); }

TEST_CASE("100-continue is asked for once, and not when the body is there") {
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

TEST_CASE("a connection is kept as its version and its Connection header say") {
  CHECK(keeps_alive(with("A: b")));
  CHECK_FALSE(keeps_alive(with("Connection: foo , Close")));
  CHECK_FALSE(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
  CHECK(keeps_alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  CHECK_FALSE(keeps_alive(with("Connection: keep-alive\r\nConnection: close")));
}

TEST_CASE("how the bytes are cut makes no difference") {
  const std::string post = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n\r\nGET / HTTP";
  const std::vector<std::string> streams{
      get_lines + "\r\n" + post + "\r\n\r\n" + get_lines + "\r\n" + post + "POST /c HTTP/1.1\r\n",
      post + with("Transfer-Encoding: chunked"),
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

TEST_CASE("after a refusal nothing more is taken for a request") {
  RequestParser parser(kLimits);
  parser.feed(with("Content-Length: 5000"));
  CHECK(std::get<ParseError>(parser.next()).status == 413);
  parser.feed("\r\n\r\n" + get_lines + "\r\n");
  CHECK(std::get<ParseError>(parser.next()).status == 413);
}
