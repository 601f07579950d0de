#include "cli/version.h"

#include <fmt/format.h>

namespace laminar::cli {

// Written at build time by cmake/version.cmake.
extern const char kRevision[];

std::string Version() { return LAMINAR_VERSION; }
std::string Revision() { return kRevision; }
std::string VersionLine() {
  return fmt::format("laminar {} (revision {}, DuckDB {})", Version(), Revision(),
                     LAMINAR_DUCKDB_VERSION);
}

}  // namespace laminar::cli
