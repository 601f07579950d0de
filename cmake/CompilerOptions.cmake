# Warnings, optimisation, linker and sanitizers; the same for every unit.
option(LAMINAR_FUZZ "Build the libFuzzer programs of tests/fuzz (clang only)" OFF)
set(LAMINAR_SANITIZER "" CACHE STRING "address (with undefined), thread, or empty")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(LAMINAR_CCACHE ccache)
if(LAMINAR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${LAMINAR_CCACHE})
endif()

add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter -fno-omit-frame-pointer)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-march=x86-64-v2)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # -fno-pch-timestamp: lets ccache share objects that use a precompiled header.
  add_compile_options(-Wthread-safety -Xclang -fno-pch-timestamp)
endif()

find_program(LAMINAR_LLD NAMES ld.lld-19 ld.lld)
if(LAMINAR_LLD AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
add_link_options(-Wl,--gc-sections)
add_compile_options(-ffunction-sections -fdata-sections)

if(LAMINAR_SANITIZER STREQUAL "address")
  # vptr and function checks need type information that the prebuilt DuckDB library does not share.
  add_compile_options(-O1 -fsanitize=address,undefined -fno-sanitize=vptr,function -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(LAMINAR_SANITIZER STREQUAL "thread")
  add_compile_options(-O1 -fsanitize=thread)
  add_link_options(-fsanitize=thread)
endif()
if(LAMINAR_FUZZ)
  # Lets the fuzzer see which ways an input takes.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
