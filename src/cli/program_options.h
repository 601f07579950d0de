// The options by which run, check and explain take a program: FILE, - or -e, and -D variables.
#ifndef LAMINAR_CLI_PROGRAM_OPTIONS_H_
#define LAMINAR_CLI_PROGRAM_OPTIONS_H_

#include <map>
#include <string>
#include <vector>

#include "base/status.h"

namespace CLI {
class App;
}  // namespace CLI

namespace laminar::cli {

struct Program {
  std::string name;  // as diagnostics print it: the file, "<stdin>", "<command line>"
  std::string text;
};

class ProgramOptions {
 public:
  void Register(CLI::App& command);
  /// Reads the program. InvalidArgument when none or two are given, when it is empty or too long;
  /// the file's error when it cannot be read.
  absl::StatusOr<Program> Read() const;
  /// Splits -D name=value.
  absl::StatusOr<std::map<std::string, std::string>> Variables() const;

 private:
  std::string file_;
  std::vector<std::string> texts_;
  std::vector<std::string> variables_;
};

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_PROGRAM_OPTIONS_H_
