#pragma once
#include <string>

/// The build tag names all that must be equal in host and plugin for C++ objects to cross the boundary: the compiler
/// and its major version, the C++ ABI, the standard library and the layout of its types, and the C++ standard.
#define ESTEIRA_TEXT_OF(value) #value
#define ESTEIRA_TEXT(value) ESTEIRA_TEXT_OF(value)

#if defined(__clang__)
#define ESTEIRA_COMPILER "clang " ESTEIRA_TEXT(__clang_major__)
#elif defined(__GNUC__)
#define ESTEIRA_COMPILER "gcc " ESTEIRA_TEXT(__GNUC__)
#else
#error "Esteira plugins must be compiled with GCC or Clang"
#endif

#if defined(__GLIBCXX__)
#define ESTEIRA_STDLIB                                                   \
  "libstdc++ " ESTEIRA_TEXT(_GLIBCXX_RELEASE) ", c++ abi " ESTEIRA_TEXT( \
      __GXX_ABI_VERSION) ", cxx11 abi " ESTEIRA_TEXT(_GLIBCXX_USE_CXX11_ABI)
#else
#error "Esteira plugins must use libstdc++"
#endif

// Containers in debug mode have another layout.
#if defined(_GLIBCXX_DEBUG)
#define ESTEIRA_CONTAINERS ", debug containers"
#else
#define ESTEIRA_CONTAINERS ""
#endif

namespace esteira::abi {

inline constexpr char kBuildTag[] =
    ESTEIRA_COMPILER ", " ESTEIRA_STDLIB ESTEIRA_CONTAINERS ", standard " ESTEIRA_TEXT(__cplusplus);

}  // namespace esteira::abi
