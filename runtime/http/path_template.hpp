#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esteira::runtime::http {

/// A path with parameters, such as "/orders/{id}".
class PathTemplate {
 public:
  explicit PathTemplate(std::string_view path);
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t parameters() const { return parameters_; }
  /// The values of the parameters as sent (not decoded), or nothing when `path` does not match. A slash at the end of
  /// `path` makes no difference. An empty segment does not match a parameter.
  [[nodiscard]] std::optional<std::vector<std::string_view>> match(std::string_view path) const;

 private:
  std::string text_;
  std::vector<std::string> segments_;  // "" for a parameter
  std::size_t parameters_ = 0;
};

}  // namespace esteira::runtime::http
