#pragma once
#include <esteira/abi.h>

#include <string>

namespace esteira::runtime {

/// What keeps a host from using a plugin with this descriptor, and the remedy, in one line; empty when it fits. Reads
/// the fixed head first, then the build tag, and the rest only when both are the host's own. Calls nothing.
std::string check_compatibility(const esteira_plugin_descriptor& descriptor);

}  // namespace esteira::runtime
