#pragma once
#include <string>

#include "runtime/postgres/session.hpp"

namespace esteira::cli {

/// Who reads dead letters holds them for a while, and nobody else sees them. Those who work on them share this lock;
/// an audit, which must see all of them, wants it alone. Kept by a connection of its own until this object goes.
class DlqLock {
 public:
  enum class Mode { shared, exclusive };
  DlqLock(const std::string& database_url, Mode mode);

  /// Tries for a while; false when others would not let go. Throws Unavailable.
  bool acquire();

 private:
  Mode mode_;
  runtime::postgres::Session session_;
};

}  // namespace esteira::cli
