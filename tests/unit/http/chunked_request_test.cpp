#include <catch2/catch.hpp>

#include "runtime/http/request_parser.hpp"

namespace {

using esteira::runtime::http::RequestParser;

constexpr RequestParser::Limits kSmallLimits{1024, 64};
const std::string chunked_head = "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What the parser makes of `pieces`: path and body of each request, then the status of the error.
std::string parse_pieces(const std::vector<std::string_view>& pieces) {
  RequestParser parser(kSmallLimits);
  std::string text;
  for (const auto piece : pieces) {
    parser.feed(piece);
    for (auto next = parser.next(); next.index() != 0; next = parser.next()) {
      if (const auto* error = std::get_if<RequestParser::ParseError>(&next))
        return text + std::to_string(error->status);
      const auto& request = std::get<RequestParser::Parsed>(next).request;
      text += request.path + '=' + request.body + ';';
    }
  }
  return text + (parser.partial() ? "partial" : "");
}

std::string parse_chunks(const std::string& chunks) {
  const auto bytes = chunked_head + chunks;
  return parse_pieces({bytes});
}

std::string parse_head(const std::string& headers) {
  const auto bytes = "POST / HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n0\r\n\r\n";
  return parse_pieces({bytes});
}

}  // namespace

TEST_CASE("a chunked body is put together") {
  CHECK(parse_chunks("5\r\nhello\r\n0\r\n\r\n") == "/c=hello;");
  CHECK(parse_chunks("2\r\n\r\n\r\n1\r\n0\r\n0\r\n\r\n") == "/c=\r\n0;");
  CHECK(parse_chunks("0a\r\n0123456789\r\nA\r\nabcdefghij\r\n000\r\n\r\n") == "/c=0123456789abcdefghij;");
  CHECK(parse_chunks("0\r\n\r\n") == "/c=;");
  CHECK(parse_chunks("5\r\nhello\r\n") == "partial");
  CHECK(parse_head("transfer-encoding: Chunked\r\n") == "/=;");
}

TEST_CASE("chunk extensions and trailers are dropped") {
  CHECK(parse_chunks("5;name=value;b=\"c d\"\r\nhello\r\n0;last\r\n\r\n") == "/c=hello;");
  CHECK(parse_chunks("5 \t;a\r\nhello\r\n0\r\n\r\n") == "/c=hello;");
  CHECK(parse_chunks("1\r\nx\r\n0\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\n") == "/c=x;");
}

TEST_CASE("a malformed chunk is rejected") {
  for (const auto* chunks : {"\r\n",
                             "+5\r\nhello",
                             "-1\r\n",
                             " 5\r\nhello",
                             "0x5\r\nhello",
                             "5\nhello",
                             "5 \r\nhello",
                             "5\r\r\nhello",
                             "g\r\n",
                             ";a\r\n",
                             "5;a\nb\r\n",
                             "5;\x01\r\n",
                             "5\r\nhello5\r\n",
                             "5\r\nhello\n0\r\n",
                             "5\r\nhello\rx",
                             "5\r\nhello!\r\n",
                             "00000000000000000\r\n",
                             "0\r\nno colon\r\n\r\n",
                             "0\r\nName : v\r\n",
                             "0\r\n folded\r\n",
                             "0\r\nA: b\n",
                             "0\r\nA: \x01\r\n",
                             "0\r\n\n",
                             "0\r\n\rx"}) {
    CAPTURE(chunks);
    CHECK(parse_chunks(chunks) == "400");
  }
}

TEST_CASE("a chunked body is rejected as soon as it exceeds a limit") {
  CHECK(parse_chunks("41") == "413");
  CHECK(parse_chunks("40\r\n" + std::string(64, 'a') + "\r\n1") == "413");
  CHECK(parse_chunks("40\r\n" + std::string(64, 'a') + "\r\n0\r\n\r\n") == "/c=" + std::string(64, 'a') + ";");
  CHECK(parse_chunks("ffffffffffffffff") == "413");
  CHECK(parse_chunks("1;" + std::string(5000, 'a')) == "400");
  CHECK(parse_chunks("0\r\nA: " + std::string(1024, 'a')) == "431");
  std::string many;
  for (int i = 0; i < 60; ++i) many += "1;" + std::string(100, 'e') + "\r\na\r\n";
  CHECK(parse_chunks(many) == "400");
}

TEST_CASE("a request whose body could end in two places is rejected") {
  CHECK(parse_head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") == "400");
  CHECK(parse_head("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n") == "400");
  CHECK(parse_pieces({"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"}) == "400");
}

TEST_CASE("a transfer coding other than chunked gives 501") {
  CHECK(parse_head("Transfer-Encoding: gzip, chunked\r\n") == "501");
  CHECK(parse_head("Transfer-Encoding: identity\r\n") == "501");
  CHECK(parse_head("Transfer-Encoding: chunked, chunked\r\n") == "501");
  CHECK(parse_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") == "501");
  CHECK(parse_head("Transfer-Encoding: xchunked\r\n") == "501");
  CHECK(parse_head("Transfer-Encoding:\r\n") == "501");
}

TEST_CASE("the result of a chunked request does not depend on how its bytes are split") {
  const std::string chunks = "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n";
  const std::vector<std::string> streams{
      chunked_head + chunks + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n" + chunked_head + chunks,
      chunked_head + "5\r\nhello\r\n0\r\n\r\n" + chunked_head + "5\r\nhello!\r\n",
      chunked_head + "0\r\nbad trailer\r\n\r\n",
      chunked_head + "1\r\na\r\nfff\r\n",
  };
  for (const auto& stream : streams) {
    const auto whole = parse_pieces({stream});
    CHECK(whole.size() > 2);
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < stream.size(); ++at) {
      const std::string_view text(stream);
      bytes.push_back(text.substr(at, 1));
      CHECK(parse_pieces({text.substr(0, at), text.substr(at)}) == whole);
    }
    CHECK(parse_pieces(bytes) == whole);
  }
}

TEST_CASE("100-continue is due for a chunked body until its first byte arrives") {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
  RequestParser parser(kSmallLimits);
  parser.feed(head);
  CHECK(parser.next().index() == 0);
  CHECK(parser.take_continue());
  CHECK_FALSE(parser.take_continue());
  parser.feed("0\r\n\r\n" + head + "1");
  CHECK(parser.next().index() == 1);
  CHECK(parser.next().index() == 0);
  CHECK_FALSE(parser.take_continue());
}

TEST_CASE("two headers that must be single are rejected when they differ") {
  const auto* name = GENERATE("Authorization", "Content-Type", "Origin", "Access-Control-Request-Method");
  const auto both = [&](const std::string& second) {
    const auto bytes =
        "GET / HTTP/1.1\r\nHost: x\r\n" + std::string(name) + ": a\r\n" + second + ": b\r\n" + name + ": a\r\n\r\n";
    return parse_pieces({bytes});
  };
  CAPTURE(name);
  CHECK(both("If-None-Match") == "/=;");
  CHECK(both(name) == "400");
}
