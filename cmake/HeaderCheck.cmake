# The target `check_headers` compiles every header of src/ by itself, twice in one source and
# without a precompiled header: what a header needs it includes, and its guard works.
# It is in no other target, since it takes minutes; the ctest frame.headers builds it.
file(GLOB_RECURSE laminar_headers RELATIVE ${CMAKE_SOURCE_DIR}/src CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.h)
set(laminar_header_checks "")
foreach(header ${laminar_headers})
  string(REPLACE "/" "__" check ${header})
  set(check ${CMAKE_BINARY_DIR}/check_headers/${check}.cc)
  set(text "#include \"${header}\"\n#include \"${header}\"\n")
  set(old "")
  if(EXISTS ${check})
    file(READ ${check} old)
  endif()
  if(NOT old STREQUAL text)
    file(WRITE ${check} "${text}")
  endif()
  list(APPEND laminar_header_checks ${check})
endforeach()

add_library(check_headers OBJECT EXCLUDE_FROM_ALL ${laminar_header_checks})
target_include_directories(check_headers PRIVATE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(check_headers PRIVATE -O0 -g0 -Wno-unused-const-variable)
target_link_libraries(check_headers PRIVATE
  duckdb absl::status absl::statusor absl::flat_hash_map fmt::fmt spdlog::spdlog simdjson::simdjson
  nlohmann_json::nlohmann_json CLI11::CLI11 GTest::gtest GTest::gmock)
