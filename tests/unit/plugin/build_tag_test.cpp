#include <catch2/catch.hpp>
#include <esteira/build_tag.hpp>
#include <string>

#include "runtime/plugin/compatibility.hpp"

namespace {

using Catch::Matchers::EndsWith;

/// The refusal of a plugin with this build tag.
std::string refusal_of_tag(const std::string& tag) {
  esteira_plugin_descriptor descriptor{};
  descriptor.magic = ESTEIRA_ABI_MAGIC;
  descriptor.struct_size = sizeof(esteira_plugin_descriptor);
  descriptor.abi_version = ESTEIRA_ABI_VERSION;
  descriptor.build_tag = tag.c_str();
  return esteira::runtime::check_compatibility(descriptor);
}

TEST_CASE("a plugin with debug containers is told to leave out their macro") {
  std::string tag = esteira::abi::kBuildTag;
  tag.insert(tag.find(", standard"), ", debug containers");
  CHECK_THAT(refusal_of_tag(tag), EndsWith("\"; rebuild it without -D_GLIBCXX_DEBUG"));
}

TEST_CASE("a plugin of another standard is told to use the standard of the host") {
  std::string tag = esteira::abi::kBuildTag;
  tag.replace(tag.find("standard"), std::string::npos, "standard 201703L");
  CHECK_THAT(refusal_of_tag(tag), EndsWith("rebuild it with the host's compiler and C++ standard"));
}

}  // namespace
