#include "token.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace remote {
namespace {

constexpr std::size_t kMaxToken = 16'384;

std::string read_start(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(kMaxToken + 1, '\0');
  if (file) file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  return content;
}

}  // namespace

Token::Token(std::string text, std::string file) : text_(std::move(text)), file_(std::move(file)) {
  if (!text_.empty() && !file_.empty()) throw std::invalid_argument("set either TOKEN or TOKEN_FILE");
  static_cast<void>(header());
}

std::string Token::header() const {
  const auto token = read();
  return token.empty() ? token : "Authorization: Bearer " + token;
}

// The texts contain neither the token nor the path: by mistake the variable may contain the token itself.
std::string Token::read() const {
  auto token = file_.empty() ? text_ : read_start(file_);
  token.erase(token.find_last_not_of("\r\n") + 1);
  if (!file_.empty() && token.empty()) throw std::invalid_argument("TOKEN_FILE cannot be read, or is empty");
  if (token.size() > kMaxToken) throw std::invalid_argument("the token is longer than 16 KiB");
  const bool is_visible = std::all_of(token.begin(), token.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!is_visible)
    throw std::invalid_argument("the token contains a space, a control character or a letter beyond ASCII");
  return token;
}

}  // namespace remote
