#pragma once
#include <esteira/abi.h>

#include <string>

namespace esteira::runtime {

/// Checks whether this host can use a plugin with this descriptor. Returns the reason why not, with the remedy, in one
/// line; empty when it can. Reads magic, ABI version and size first, and the other fields only when these fit. Calls no
/// function of the plugin.
std::string check_compatibility(const esteira_plugin_descriptor& descriptor);

}  // namespace esteira::runtime
