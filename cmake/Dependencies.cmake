# Third-party libraries. Each is listed with its licence in THIRD_PARTY.md.

# DuckDB: prebuilt library and headers, placed by scripts/setup.
if(DEFINED ENV{LAMINAR_DUCKDB_DIR})
  set(LAMINAR_DUCKDB_DEFAULT $ENV{LAMINAR_DUCKDB_DIR})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(LAMINAR_DUCKDB_DEFAULT $ENV{XDG_CACHE_HOME}/laminar/duckdb-1.4.4)
else()
  set(LAMINAR_DUCKDB_DEFAULT $ENV{HOME}/.cache/laminar/duckdb-1.4.4)
endif()
set(LAMINAR_DUCKDB_DIR ${LAMINAR_DUCKDB_DEFAULT} CACHE PATH "Folder with DuckDB's include/ and lib/")
if(NOT EXISTS ${LAMINAR_DUCKDB_DIR}/lib/libduckdb.so)
  message(FATAL_ERROR "DuckDB not found in ${LAMINAR_DUCKDB_DIR}; run scripts/setup")
endif()
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES IMPORTED_LOCATION ${LAMINAR_DUCKDB_DIR}/lib/libduckdb.so)
target_include_directories(duckdb SYSTEM INTERFACE
  ${LAMINAR_DUCKDB_DIR}/include
  ${LAMINAR_DUCKDB_DIR}/include/extension/parquet/include
  ${LAMINAR_DUCKDB_DIR}/include/third_party/parquet
  ${LAMINAR_DUCKDB_DIR}/include/third_party/thrift
  ${LAMINAR_DUCKDB_DIR}/include/third_party/fastpforlib)

# The program finds libduckdb.so beside itself, so that build/ can be moved as a whole.
file(COPY ${LAMINAR_DUCKDB_DIR}/lib/libduckdb.so DESTINATION ${CMAKE_BINARY_DIR})
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN;${CMAKE_BINARY_DIR}")

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(simdjson REQUIRED)
find_library(LAMINAR_ZSTD_LIBRARY zstd REQUIRED)
find_library(LAMINAR_XXHASH_LIBRARY xxhash REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(pugixml REQUIRED)
find_library(LAMINAR_ROCKSDB_LIBRARY rocksdb REQUIRED)
# Debian's SOCI has no package file of its own.
find_library(LAMINAR_SOCI_LIBRARY soci_core REQUIRED)
find_library(LAMINAR_SOCI_SQLITE_LIBRARY soci_sqlite3 REQUIRED)
