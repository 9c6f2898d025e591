
# esteira_add_plugin(<name> [NO_INSTALL] SOURCES ... [LIBRARIES ...])
# Builds <build>/plugins/<name>.so and installs it under lib/esteira/plugins. The library exports only its descriptor, has
# no undefined symbols, and is never unloaded.
function(esteira_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_INSTALL" "" "SOURCES;LIBRARIES")
  if(NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "esteira_add_plugin(<name> [NO_INSTALL] SOURCES ... [LIBRARIES ...])")
  endif()
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE esteira::sdk ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
    CXX_EXTENSIONS OFF C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${map})
  target_link_options(${name} PRIVATE LINKER:--version-script=${map} LINKER:-z,nodelete)
  # With Clang the program, not the library, defines the symbols of the sanitizers.
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES Clang AND CMAKE_CXX_FLAGS MATCHES -fsanitize))
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  # In Esteira's own tree: use its warnings, but not its include folders.
  if(TARGET esteira_compile)
    target_compile_options(${name} PRIVATE $<TARGET_PROPERTY:esteira_compile,INTERFACE_COMPILE_OPTIONS>)
  endif()
  if(NOT arg_NO_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION lib/esteira/plugins)
  endif()
endfunction()
