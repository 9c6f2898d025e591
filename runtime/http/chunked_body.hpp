#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/http/parse_error.hpp"

namespace esteira::runtime::http {

/// Decodes a body that was sent with "Transfer-Encoding: chunked" (RFC 9112, section 7.1). Checks and drops chunk
/// extensions and trailers. The result does not depend on how the bytes are split into pieces.
class ChunkedBody {
 public:
  struct Limits {
    std::size_t max_body;      ///< decoded bytes
    std::size_t max_trailers;  ///< bytes of all trailers
  };

  explicit ChunkedBody(Limits limits) : limits_(limits) {}

  /// Decodes up to the end of the body or the first error. Returns the number of bytes used.
  std::size_t read(std::string_view bytes);

  [[nodiscard]] bool done() const { return state_ == State::done; }
  [[nodiscard]] const std::optional<ParseError>& error() const { return error_; }
  [[nodiscard]] std::string take_body() { return std::move(body_); }

 private:
  using Check = std::optional<ParseError>;
  enum class State { size, blank, extension, size_lf, data, data_cr, data_lf, trailer, trailer_lf, done };

  std::size_t read_data(std::string_view bytes);
  Check read_byte(char byte);
  Check read_size(char byte);
  Check read_digit(std::size_t digit);
  Check read_extension(char byte);
  Check read_trailer(char byte);
  Check end_trailer();
  Check end_size();
  Check expect(char byte, char expected, State next);

  Limits limits_;
  State state_ = State::size;
  std::size_t digits_ = 0;  // of the chunk size
  std::size_t left_ = 0;    // bytes of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string trailer_;
  std::string body_;
  Check error_;
};

}  // namespace esteira::runtime::http
