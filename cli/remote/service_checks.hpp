#pragma once
#include <string>
#include <vector>

#include "cli/remote/service_probe.hpp"

namespace esteira::cli {

/// What a check has found.
struct CheckFinding {
  std::string fault;     ///< "": the service does what the protocol says
  bool is_note = false;  ///< the fault is allowed, but costs something
};

/// One check of a service. A check sends orders of its own.
struct ServiceCheck {
  const char* name;    ///< what the service should do
  const char* remedy;  ///< what to change when it does not
  CheckFinding (*run)(ServiceProbe& probe);
};

/// All checks, in the order in which they are made. Without a response to the first, the others cannot tell anything.
const std::vector<ServiceCheck>& service_checks();

}  // namespace esteira::cli
