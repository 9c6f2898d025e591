#pragma once
#include <esteira/abi.h>

#include <cstddef>
#include <string>
#include <string_view>

/// Texts and arrays of the C boundary, seen from C++.
namespace esteira::abi {

inline std::string_view view(const esteira_text& text) { return {text.data, text.size}; }
inline std::string copy(const esteira_text& text) { return std::string(view(text)); }
/// Refers to `text`.
inline esteira_text text_of(std::string_view text) { return {text.data(), text.size()}; }

/// An element of an array whose elements are `stride` bytes apart, because the side that made it may know more members.
template <class T>
const T& element(const T* first, std::size_t index, std::size_t stride) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const char*>(first) + index * stride);
}

}  // namespace esteira::abi
