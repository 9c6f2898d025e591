#pragma once
#include <exception>
#include <string_view>

/// Fuzz targets for all code that parses input of others. A target gives any bytes to its parsers and throws
/// InvariantBroken when a parser violates what its header says. libFuzzer finds crashes and sanitizer reports by
/// itself. libFuzzer runs the targets (`./dev test fuzz`); the unit test fuzz_seeds_test runs them over the inputs in
/// `seeds/`.
namespace esteira::fuzz {

class InvariantBroken final : public std::exception {
 public:
  explicit InvariantBroken(const char* invariant) : invariant_(invariant) {}
  [[nodiscard]] const char* what() const noexcept override { return invariant_; }

 private:
  const char* invariant_;
};

/// Throws InvariantBroken with `invariant` when it does not hold.
inline void require(bool holds, const char* invariant) {
  if (!holds) throw InvariantBroken(invariant);
}

/// The password in the inputs. No error may contain it.
inline constexpr std::string_view kSecret = "hunter2";

inline void require_one_line(std::string_view text) {
  require(!text.empty(), "an error is not empty");
  require(text.find_first_of("\r\n") == std::string_view::npos, "an error is one line");
}

/// Requires that `text` can be shown to anybody: one line, not empty, without the password.
inline void require_safe_error(std::string_view text) {
  require_one_line(text);
  require(text.find(kSecret) == std::string_view::npos, "an error contains no password");
}

void http_request(std::string_view input);  ///< the bytes of one connection
void order_body(std::string_view input);    ///< the body of POST /orders
void envelope(std::string_view input);      ///< the body of a message
void settings(std::string_view input);      ///< an environment: lines of NAME=value
void urls(std::string_view input);          ///< DATABASE_URL, RABBITMQ_URL or REDIS_URL
void text(std::string_view input);          ///< a header, a path, or text for the log

}  // namespace esteira::fuzz
