#include "runtime/http/request_parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "runtime/http/header_line.hpp"
#include "runtime/text/ascii.hpp"

namespace esteira::runtime::http {
namespace {

constexpr std::size_t kMaxRequestLine = std::size_t{8} * 1024;
constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxMethod = 32;
// A larger buffer is freed once it is empty, so that a connection does not keep the memory of one large body.
constexpr std::size_t kKeptCapacity = std::size_t{64} * 1024;

// A request has one value of each. A second, different one may be what a proxy, or another part of the server, goes by.
constexpr std::array<std::string_view, 4> kSingleHeaders{"Authorization", "Content-Type", "Origin",
                                                         "Access-Control-Request-Method"};

bool is_target_character(char c) { return c > ' ' && c < '\x7f' && c != '#'; }

}  // namespace

void RequestParser::feed(std::string_view bytes) {
  buffer_.erase(0, position_);
  position_ = 0;
  if (buffer_.empty() && buffer_.capacity() > kKeptCapacity) buffer_ = std::string();
  buffer_.append(bytes);
}

RequestParser::Result RequestParser::next() {
  if (!parse_error_ && !head_done_) parse_error_ = read_head();
  if (!parse_error_ && chunked_) parse_error_ = read_chunks();
  if (parse_error_) return *parse_error_;
  const bool whole = head_done_ && (chunked_ ? chunked_->done() : buffered() >= length_);
  if (!whole) return std::monostate{};
  return take();
}

RequestParser::Parsed RequestParser::take() {
  Parsed parsed{std::move(request_), keep_alive_};
  parsed.request.body = chunked_ ? chunked_->take_body() : buffer_.substr(position_, length_);
  position_ += length_;
  if (position_ == buffer_.size() && buffer_.capacity() > kKeptCapacity) {
    buffer_ = std::string();
    position_ = 0;
  }
  request_ = Request{};
  head_bytes_ = 0;
  head_done_ = false;
  awaits_continue_ = false;
  length_ = 0;
  chunked_.reset();
  return parsed;
}

bool RequestParser::take_continue() {
  const bool due = awaits_continue_ && buffered() == 0;
  if (due) awaits_continue_ = false;
  return due;
}

// Parses line by line, so that an invalid request is rejected at its first invalid line instead of after a timeout.
RequestParser::Check RequestParser::read_head() {
  Check error;
  while (!head_done_ && !error) {
    const auto rest = std::string_view(buffer_).substr(position_);
    const auto end = rest.find('\n', scanned_);
    const bool ended = end != std::string_view::npos;
    const auto size = ended ? end + 1 : rest.size();
    error = check_size(size, ended);
    if (error || !ended) {
      scanned_ = rest.size();
      break;
    }
    scanned_ = 0;
    position_ += size;
    head_bytes_ += size;
    const bool ends_in_crlf = end > 0 && rest[end - 1] == '\r';
    error = ends_in_crlf ? read_line(rest.substr(0, end - 1))
                         : ParseError{400, "Each line of the request must end with CR LF."};
  }
  return error;
}

RequestParser::Check RequestParser::check_size(std::size_t line, bool ended) const {
  const auto size = line + (ended ? 0 : 1);
  const bool request_line = request_.method.empty();
  // The request line gives the same error whichever limit is reached first.
  const bool fits = head_bytes_ + size <= limits_.max_header && (!request_line || size <= kMaxRequestLine);
  if (fits) return std::nullopt;
  return request_line ? ParseError{414, "The request target is too long. Shorten the path or the query."}
                      : ParseError{431, "The headers are too large. Send fewer or shorter headers."};
}

RequestParser::Check RequestParser::read_line(std::string_view line) {
  if (request_.method.empty()) {
    // RFC 9112 2.2: empty lines before a request are ignored.
    return line.empty() ? std::nullopt : read_request_line(line);
  }
  return line.empty() ? finish_head() : read_field(line);
}

RequestParser::Check RequestParser::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == last) return ParseError{400, "The request line is not valid. Expected: method, target, HTTP/1.1."};
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  if (!is_token(method) || method.size() > kMaxMethod) return ParseError{400, "The HTTP method is not valid."};
  if (auto error = read_version(line.substr(last + 1))) return error;
  request_.method = method;
  return read_target(target);
}

RequestParser::Check RequestParser::read_version(std::string_view version) {
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && is_ascii_digit(version[5]) &&
                           version[6] == '.' && is_ascii_digit(version[7]);
  if (!well_formed) return ParseError{400, "The request line is not valid. Expected: method, target, HTTP/1.1."};
  version_1_1_ = version == "HTTP/1.1";
  if (!version_1_1_ && version != "HTTP/1.0")
    return ParseError{505, "The HTTP version is not supported. Use HTTP/1.1 or HTTP/1.0."};
  return std::nullopt;
}

RequestParser::Check RequestParser::read_target(std::string_view target) {
  const ParseError error{400,
                         "The request target is not valid. Expected a path that starts with '/', percent-encoded."};
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_target_character)) return error;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    target = path == std::string_view::npos ? std::string_view{} : target.substr(path);
    if (!target.starts_with('/')) request_.path = "/";
    break;
  }
  const auto mark = target.find('?');
  request_.path += target.substr(0, mark);
  if (mark != std::string_view::npos) request_.query = target.substr(mark + 1);
  const bool asterisk = request_.path == "*" && request_.method == "OPTIONS" && mark == std::string_view::npos;
  if (!request_.path.starts_with('/') && !asterisk) return error;
  return std::nullopt;
}

RequestParser::Check RequestParser::read_field(std::string_view line) {
  if (request_.headers.size() == kMaxFields) return ParseError{431, "There are too many headers. Send at most 100."};
  HeaderLine field;
  if (auto error = parse_header_line(line, field)) return error;
  request_.headers.emplace_back(field.name, field.value);
  return std::nullopt;
}

RequestParser::Check RequestParser::finish_head() {
  const auto hosts = count("Host");
  if (hosts > 1 || (version_1_1_ && hosts == 0))
    return ParseError{400, "The request must have exactly one Host header."};
  if (auto error = check_single_headers()) return error;
  if (auto error = read_transfer_encoding()) return error;
  if (auto error = read_length()) return error;
  if (auto error = read_expectation()) return error;
  read_connection();
  head_done_ = true;
  return std::nullopt;
}

RequestParser::Check RequestParser::check_single_headers() const {
  for (const auto& [name, value] : request_.headers) {
    const bool single = std::any_of(kSingleHeaders.begin(), kSingleHeaders.end(),
                                    [&name = name](auto other) { return equal_ignoring_case(name, other); });
    if (single && value != *request_.header(name))
      return ParseError{400, "Two headers of one name differ: Authorization, Content-Type or Origin. Send one."};
  }
  return std::nullopt;
}

RequestParser::Check RequestParser::read_expectation() {
  if (!version_1_1_) return std::nullopt;
  for (const auto& [name, value] : request_.headers) {
    if (!equal_ignoring_case(name, "Expect")) continue;
    if (!equal_ignoring_case(value, "100-continue"))
      return ParseError{417, "The only supported expectation is 100-continue."};
    awaits_continue_ = length_ > 0 || chunked_;
  }
  return std::nullopt;
}

// The end of a body must never be ambiguous: a proxy that sees another end passes on a request that it did not check.
RequestParser::Check RequestParser::read_transfer_encoding() {
  const auto coding = request_.header("Transfer-Encoding");
  if (!coding) return std::nullopt;
  if (!version_1_1_) return ParseError{400, "HTTP/1.0 has no Transfer-Encoding. Use HTTP/1.1 or a Content-Length."};
  if (count("Content-Length") > 0)
    return ParseError{400, "The request has both Transfer-Encoding and Content-Length. Send one of them."};
  if (count("Transfer-Encoding") > 1 || !equal_ignoring_case(*coding, "chunked"))
    return ParseError{501, "The Transfer-Encoding is not supported. Send 'chunked', or use a Content-Length."};
  chunked_.emplace(ChunkedBody::Limits{limits_.max_body, limits_.max_header - head_bytes_});
  return std::nullopt;
}

RequestParser::Check RequestParser::read_chunks() {
  const auto used = chunked_->read(std::string_view(buffer_).substr(position_));
  position_ += used;
  if (used > 0) awaits_continue_ = false;
  return chunked_->error();
}

RequestParser::Check RequestParser::read_length() {
  length_ = 0;
  const auto text = request_.header("Content-Length");
  if (!text) return std::nullopt;
  const bool digits = !text->empty() && std::all_of(text->begin(), text->end(), is_ascii_digit);
  if (!digits || count("Content-Length") > 1)
    return ParseError{400, "The Content-Length is not valid. Send one header with a decimal number."};
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length_);
  if (error != std::errc{} || length_ > limits_.max_body)
    return ParseError{413, "The body is too large. Send a smaller one."};
  return std::nullopt;
}

void RequestParser::read_connection() {
  bool close = false;
  bool keep = false;
  for (const auto& [name, value] : request_.headers) {
    if (!equal_ignoring_case(name, "Connection")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      const auto option = trim_blanks(rest.substr(0, comma));
      close = close || equal_ignoring_case(option, "close");
      keep = keep || equal_ignoring_case(option, "keep-alive");
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  keep_alive_ = !close && (version_1_1_ || keep);
}

std::size_t RequestParser::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(request_.headers.begin(), request_.headers.end(),
                                                [&](const auto& h) { return equal_ignoring_case(h.first, name); }));
}

}  // namespace esteira::runtime::http
