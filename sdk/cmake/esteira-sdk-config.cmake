include(${CMAKE_CURRENT_LIST_DIR}/esteira-sdk-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/EsteiraAddPlugin.cmake)
