// What this binary is.
#ifndef LAMINAR_CLI_VERSION_H_
#define LAMINAR_CLI_VERSION_H_

#include <string>

namespace laminar::cli {

std::string Version();      // "0.1.0"
std::string Revision();     // commit, "unknown" outside a checkout
std::string VersionLine();  // "laminar 0.1.0 (revision abc1234, DuckDB 1.4.4)"

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_VERSION_H_
