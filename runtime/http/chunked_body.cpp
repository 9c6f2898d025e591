#include "runtime/http/chunked_body.hpp"

#include <algorithm>

#include "runtime/http/header_line.hpp"
#include "runtime/text/ascii.hpp"

namespace esteira::runtime::http {
namespace {

constexpr std::size_t kMaxSizeDigits = 16;
// Of all chunks of a body: extensions have no use here, and a body must not be hidden work.
constexpr std::size_t kMaxExtensionBytes = std::size_t{4} * 1024;
constexpr ParseError kBadChunkSize{400, "The size of a chunk is not valid. Expected: hexadecimal digits, then CR LF."};
constexpr ParseError kBadChunkEnd{400, "A chunk is not valid. Expected: as many bytes as its size, then CR LF."};

std::optional<std::size_t> hex_digit_value(char c) {
  if (is_ascii_digit(c)) return static_cast<std::size_t>(c - '0');
  const char lower = ascii_lower(c);
  if (lower < 'a' || lower > 'f') return std::nullopt;
  return static_cast<std::size_t>(lower - 'a') + 10;
}

}  // namespace

std::size_t ChunkedBody::read(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !done() && !error_) {
    if (state_ == State::data) {
      used += read_data(bytes.substr(used));
    } else {
      error_ = read_byte(bytes[used++]);
    }
  }
  return used;
}

std::size_t ChunkedBody::read_data(std::string_view bytes) {
  const auto size = std::min(bytes.size(), left_);
  body_.append(bytes.substr(0, size));
  left_ -= size;
  if (left_ == 0) state_ = State::data_cr;
  return size;
}

ChunkedBody::Check ChunkedBody::read_byte(char byte) {
  switch (state_) {
    case State::size:
      return read_size(byte);
    case State::blank:
    case State::extension:
      return read_extension(byte);
    case State::size_lf:
      return byte == '\n' ? end_size() : kBadChunkSize;
    case State::data_cr:
      return expect(byte, '\r', State::data_lf);
    case State::data_lf:
      return expect(byte, '\n', State::size);
    case State::trailer:
      return read_trailer(byte);
    case State::trailer_lf:
      return byte == '\n' ? end_trailer() : ParseError{400, "Each line of the request must end with CR LF."};
    case State::data:
    case State::done:
      break;
  }
  return std::nullopt;
}

ChunkedBody::Check ChunkedBody::expect(char byte, char expected, State next) {
  if (byte != expected) return kBadChunkEnd;
  state_ = next;
  return std::nullopt;
}

ChunkedBody::Check ChunkedBody::read_size(char byte) {
  if (const auto digit = hex_digit_value(byte)) return read_digit(*digit);
  if (digits_ == 0) return kBadChunkSize;
  if (byte == '\r') {
    state_ = State::size_lf;
    return std::nullopt;
  }
  state_ = State::blank;
  return read_extension(byte);
}

ChunkedBody::Check ChunkedBody::read_digit(std::size_t digit) {
  if (++digits_ > kMaxSizeDigits) return kBadChunkSize;
  // At most the size of a body so far, so this cannot overflow.
  left_ = left_ * 16 + digit;
  if (left_ > limits_.max_body - body_.size()) return ParseError{413, "The body is too large. Send a smaller one."};
  return std::nullopt;
}

// Blanks are allowed before the ';' of an extension.
ChunkedBody::Check ChunkedBody::read_extension(char byte) {
  const bool blank = byte == ' ' || byte == '\t';
  if (state_ == State::blank && !blank) {
    if (byte != ';') return kBadChunkSize;
    state_ = State::extension;
  }
  if (state_ == State::extension && byte == '\r') {
    state_ = State::size_lf;
    return std::nullopt;
  }
  if (is_control(byte) && byte != '\t') return kBadChunkSize;
  if (++extension_bytes_ > kMaxExtensionBytes)
    return ParseError{400, "The chunk extensions are too long. Send the chunks without extensions."};
  return std::nullopt;
}

ChunkedBody::Check ChunkedBody::end_size() {
  state_ = left_ == 0 ? State::trailer : State::data;
  digits_ = 0;
  return std::nullopt;
}

ChunkedBody::Check ChunkedBody::read_trailer(char byte) {
  if (byte == '\r') {
    state_ = State::trailer_lf;
    return std::nullopt;
  }
  if (byte == '\n') return ParseError{400, "Each line of the request must end with CR LF."};
  if (++trailer_bytes_ > limits_.max_trailers)
    return ParseError{431, "The headers and trailers are too large. Send fewer or shorter ones."};
  trailer_ += byte;
  return std::nullopt;
}

ChunkedBody::Check ChunkedBody::end_trailer() {
  if (trailer_.empty()) {
    state_ = State::done;
    return std::nullopt;
  }
  state_ = State::trailer;
  HeaderLine ignored;
  const auto error = parse_header_line(trailer_, ignored);
  trailer_.clear();
  return error;
}

}  // namespace esteira::runtime::http
