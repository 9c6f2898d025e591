#include "runtime/postgres/notice_log.hpp"

#include <chrono>
#include <exception>
#include <string_view>

#include "runtime/logging/log.hpp"
#include "runtime/logging/log_limiter.hpp"
#include "runtime/postgres/error_kind.hpp"

namespace esteira::runtime::postgres {
namespace {

/// Of all connections of the program.
LogLimiter& recent_notices() {
  static LogLimiter limiter(std::chrono::seconds(30), 50);
  return limiter;
}

/// The first word of a notice is its severity: WARNING, NOTICE, INFO, LOG, DEBUG. libpq's own texts have none.
bool is_harmless(std::string_view notice) {
  return notice.starts_with("NOTICE:") || notice.starts_with("INFO:") || notice.starts_with("LOG:") ||
         notice.starts_with("DEBUG");
}

}  // namespace

bool NoticeLog::operator()(const char message[]) noexcept {
  try {
    const auto notice = first_line(message);
    if (recent_notices().admit(notice)) {
      log::write(is_harmless(notice) ? log::Level::info : log::Level::warn, "PostgreSQL sent a notice",
                 {{"notice", notice}});
    }
  } catch (const std::exception&) {
    return true;  // a notice is not worth an error
  }
  return true;
}

}  // namespace esteira::runtime::postgres
