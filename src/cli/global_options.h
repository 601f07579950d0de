// Options that every command understands. Filled by the command line before a command runs.
#ifndef LAMINAR_CLI_GLOBAL_OPTIONS_H_
#define LAMINAR_CLI_GLOBAL_OPTIONS_H_

#include <string>
#include <vector>

namespace laminar::cli {

struct GlobalOptions {
  std::string output;  // -o; empty: the command's default
  std::vector<std::string> columns;
  bool no_header = false;
  std::vector<std::string> config_files;
  std::string config_directory;
  std::vector<std::string> settings;  // -X key=value
  bool quiet = false;
  int verbosity = 0;
  std::string log_format;
  std::string color = "auto";
};

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_GLOBAL_OPTIONS_H_
