#pragma once
#include <stdexcept>

namespace esteira::runtime::tls {

/// A TLS connection cannot be made, or broke. what() is one line without secrets, with the remedy where one is known.
class TlsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace esteira::runtime::tls
