#pragma once
#include <exception>
#include <string_view>

/// What is fuzzed: everything that reads what others wrote. A target takes any bytes, gives them to its readers and
/// throws Broken when one of them does not keep what its header promises; a crash or a sanitizer's report needs no
/// help. The same functions are run by libFuzzer (`./dev test fuzz`) and, over the kept inputs of `seeds/`, by the unit
/// test fuzz_seeds_test.
namespace esteira::fuzz {

class Broken final : public std::exception {
 public:
  explicit Broken(const char* promise) : promise_(promise) {}
  [[nodiscard]] const char* what() const noexcept override { return promise_; }

 private:
  const char* promise_;
};

inline void promise(bool kept, const char* text) {
  if (!kept) throw Broken(text);
}

/// What stands for a password in the inputs: no error may hold it.
inline constexpr std::string_view kSecret = "hunter2";

inline void promise_one_line(std::string_view text) {
  promise(!text.empty(), "an error says what is wrong");
  promise(text.find_first_of("\r\n") == std::string_view::npos, "an error is one line");
}

/// Whether `text` can be told to anyone: one line, not empty, without the secret.
inline void promise_decent_error(std::string_view text) {
  promise_one_line(text);
  promise(text.find(kSecret) == std::string_view::npos, "an error holds no password");
}

void http_request(std::string_view input);  ///< the bytes of one connection
void order_body(std::string_view input);    ///< the body of POST /orders
void envelope(std::string_view input);      ///< the body of a message
void settings(std::string_view input);      ///< an environment: lines of NAME=value
void urls(std::string_view input);          ///< DATABASE_URL, RABBITMQ_URL or REDIS_URL
void text(std::string_view input);          ///< a header, a path, a text for the log

}  // namespace esteira::fuzz
