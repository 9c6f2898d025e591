#include "runtime/text/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "runtime/text/hex.hpp"

namespace esteira::runtime {

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute SHA-256");
  }
  return {digest.begin(), digest.begin() + size};
}

std::string sha256_hex(std::string_view text) {
  const auto digest = sha256(text);
  return to_hex(reinterpret_cast<const unsigned char*>(digest.data()), digest.size());
}

}  // namespace esteira::runtime
