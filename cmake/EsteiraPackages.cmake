# Debian packages by CPack's generator DEB: ./dev package. Two packages, and one with the debug information of the first:
#   esteira      what `cmake --install` installs (component programs), and what only a Debian package has (component debian)
#   esteira-sdk  the headers and the CMake package (component sdk), with examples and the guide (component debian-sdk)
# cmake/debian/ has the files of the Debian components. The target debian_files makes those that are generated. The version
# and the date of everything come from cmake/debian/changelog.
find_program(parse_changelog dpkg-parsechangelog)
if(NOT parse_changelog)
  return()
endif()
set(debian ${PROJECT_SOURCE_DIR}/cmake/debian)
set(made ${PROJECT_BINARY_DIR}/debian)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${debian}/changelog ${debian}/copyright ${debian}/hardening.conf)
foreach(field Version Maintainer Timestamp)
  execute_process(COMMAND ${parse_changelog} --file ${debian}/changelog --show-field ${field}
                  OUTPUT_VARIABLE changelog_${field} OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
endforeach()
if(NOT changelog_Version MATCHES "^([^-]+)-([^-]+)$" OR NOT CMAKE_MATCH_1 STREQUAL PROJECT_VERSION)
  message(FATAL_ERROR "cmake/debian/changelog has version ${changelog_Version} and the project ${PROJECT_VERSION}: add an entry.")
endif()
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_2})

# Units of systemd. Our own stages have a file of settings each, with a port of its own.
file(READ ${debian}/hardening.conf hardening)
foreach(unit esteira-api esteira-host@ esteira-migrate)
  configure_file(${debian}/${unit}.service.in ${made}/${unit}.service @ONLY)
  install(FILES ${made}/${unit}.service DESTINATION /lib/systemd/system COMPONENT debian EXCLUDE_FROM_ALL)
endforeach()
get_property(stages GLOBAL PROPERTY ESTEIRA_STAGES)
set(settings_files ${debian}/esteira.env ${debian}/esteira-api.env)
set(port 9090)
foreach(stage ${stages})
  math(EXPR port "${port} + 1")
  configure_file(${debian}/stage.env.in ${made}/${stage}.env @ONLY)
  list(APPEND settings_files ${made}/${stage}.env)
endforeach()
set(conffiles "")
foreach(file ${settings_files})
  cmake_path(GET file FILENAME name)
  string(APPEND conffiles "/etc/esteira/${name}\n")
endforeach()
file(CONFIGURE OUTPUT ${made}/conffiles CONTENT "${conffiles}" @ONLY)
install(FILES ${settings_files} DESTINATION /etc/esteira PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ
        COMPONENT debian EXCLUDE_FROM_ALL)

# The programs contain code of libraries that are headers only. Their licenses want their text beside the binaries; that of
# Boost does not.
file(READ ${debian}/copyright copyright)
foreach(library libcli11-dev nlohmann-json3-dev rapidjson-dev)
  if(EXISTS /usr/share/doc/${library}/copyright)
    file(READ /usr/share/doc/${library}/copyright text)
    string(APPEND copyright "\n\nThe programs contain code of the headers of ${library}:\n\n${text}")
  endif()
endforeach()
file(CONFIGURE OUTPUT ${made}/copyright CONTENT "@copyright@" @ONLY)

# make_debian_file(<file> DEPENDS ... COMMAND ...): a file of build/<preset>/debian that the target debian_files makes.
function(make_debian_file name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;COMMAND")
  add_custom_command(OUTPUT ${made}/${name} DEPENDS ${arg_DEPENDS} VERBATIM
                     COMMAND ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=${changelog_Timestamp} ${arg_COMMAND})
  set_property(GLOBAL APPEND PROPERTY ESTEIRA_DEBIAN_FILES ${made}/${name})
endfunction()

foreach(page esteira.1 esteira-api.8 esteira-host.8)
  cmake_path(GET page STEM program)
  make_debian_file(${page}.gz DEPENDS ${program} ${debian}/man.sh ${debian}/${program}.h2m
                   COMMAND ${debian}/man.sh $<TARGET_FILE:${program}> ${debian}/${program}.h2m ${made}/${page}.gz)
  cmake_path(GET page EXTENSION section)
  string(SUBSTRING ${section} 1 1 section)
  install(FILES ${made}/${page}.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/man/man${section} COMPONENT debian EXCLUDE_FROM_ALL)
endforeach()
make_debian_file(changelog.Debian.gz DEPENDS ${debian}/changelog COMMAND ${debian}/gzip.sh ${debian}/changelog ${made}/changelog.Debian.gz)
get_property(debian_files GLOBAL PROPERTY ESTEIRA_DEBIAN_FILES)
add_custom_target(debian_files DEPENDS ${debian_files})

foreach(package esteira esteira-sdk)
  set(component debian)
  if(package STREQUAL esteira-sdk)
    set(component debian-sdk)
  endif()
  install(FILES ${made}/copyright ${made}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
          COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES ${debian}/${package}.lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME ${package}
          COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/esteira COMPONENT debian EXCLUDE_FROM_ALL)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/esteira COMPONENT debian EXCLUDE_FROM_ALL FILES_MATCHING PATTERN "*.md")
install(FILES docs/writing-a-stage.md docs/remote-stage.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/esteira-sdk COMPONENT debian-sdk EXCLUDE_FROM_ALL)
install(DIRECTORY sdk/example/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/esteira-sdk/examples/loyalty
        COMPONENT debian-sdk EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_CONTACT ${changelog_Maintainer})
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
# Settings of the units are outside of the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL programs debian sdk debian-sdk)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# The first line of each description is the synopsis: there is none for both packages.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_DEBIAN_ESTEIRA_DESCRIPTION "order processing whose stages are plugins
An HTTP API accepts orders, RabbitMQ carries them from stage to stage, and
PostgreSQL keeps them. Each stage is a plugin that a host loads.

This package has the API, the host, the stages that come with Esteira, the
command line, the migrations, and units of systemd.")
set(CPACK_DEBIAN_SDK_DESCRIPTION "headers and CMake package to write stages of Esteira
A stage of Esteira is a shared library with one class. This package has what
it includes, the CMake function that builds it, a harness to test it without a
broker or a database, an example, and the guide.")
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_NAME esteira)
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_SECTION net)
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_SUGGESTS "postgresql, rabbitmq-server, redis-server, esteira-sdk")
set(CPACK_DEBIAN_ESTEIRA_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_ESTEIRA_PACKAGE_CONTROL_EXTRA ${made}/conffiles ${made}/postinst ${made}/prerm ${made}/postrm)
foreach(script postinst prerm postrm)
  configure_file(${debian}/esteira.${script} ${made}/${script} COPYONLY)
endforeach()

set(CPACK_DEBIAN_SDK_PACKAGE_NAME esteira-sdk)
set(CPACK_DEBIAN_SDK_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_SDK_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_SDK_PACKAGE_DEPENDS "cmake (>= 3.25), g++ (>= 4:12), ninja-build")
set(CPACK_DEBIAN_SDK_PACKAGE_RECOMMENDS esteira)
include(CPack)
cpack_add_component_group(esteira)
cpack_add_component_group(sdk)
cpack_add_component(programs GROUP esteira)
cpack_add_component(debian GROUP esteira)
cpack_add_component(sdk GROUP sdk)
cpack_add_component(debian-sdk GROUP sdk)
