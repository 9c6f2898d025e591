#pragma once
#ifdef ESTEIRA_CRASH_POINTS
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#endif

namespace esteira::runtime {

/// A place where tests let the program crash. With the build option ESTEIRA_CRASH_POINTS, the program kills itself
/// (SIGKILL) here when the environment variable CRASH_AT holds `name`. Without that option it does nothing.
inline void crash_point([[maybe_unused]] const char* name) {
#ifdef ESTEIRA_CRASH_POINTS
  static const char* const wanted = std::getenv("CRASH_AT");
  if (wanted != nullptr && std::string_view(wanted) == name) ::kill(::getpid(), SIGKILL);
#endif
}

}  // namespace esteira::runtime
