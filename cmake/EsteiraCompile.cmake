# How all of our own code is compiled: warnings are errors; headers are found from the root of the tree.
add_library(esteira_compile INTERFACE)
target_compile_options(esteira_compile INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
target_compile_definitions(esteira_compile INTERFACE BOOST_DLL_USE_STD_FS ESTEIRA_VERSION="${PROJECT_VERSION}")
target_include_directories(esteira_compile INTERFACE ${PROJECT_SOURCE_DIR})
# GCC 12 takes some inlined assignments of a literal to a std::string for overlapping, endless or misplaced copies (GCC bug 105651).
target_compile_options(esteira_compile INTERFACE "$<$<CONFIG:Release>:-Wno-restrict;-Wno-stringop-overflow;-Wno-array-bounds>")
# Sources built in groups are included by a file of CMake's, and then look like headers to this warning.
if(CMAKE_UNITY_BUILD)
  target_compile_options(esteira_compile INTERFACE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
endif()

option(ESTEIRA_CRASH_POINTS "Let tests kill a program at named places: see runtime/lifecycle/crash_point.hpp" OFF)
if(ESTEIRA_CRASH_POINTS)
  target_compile_definitions(esteira_compile INTERFACE ESTEIRA_CRASH_POINTS)
endif()
