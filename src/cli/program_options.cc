#include "cli/program_options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/file.h"
#include "base/limits.h"
#include "formats/text/byte_order_mark.h"

namespace laminar::cli {
namespace {

absl::StatusOr<std::string> ReadStandardInput() {
  base::InputFile input = base::InputFile::StandardInput();
  std::string text;
  std::string buffer(1 << 16, '\0');
  while (static_cast<int64_t>(text.size()) <= base::kProgramBytesMax) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t size, input.Read(buffer.data(), buffer.size()));
    if (size == 0) {
      break;
    }
    text.append(buffer, 0, size);
  }
  return text;
}

}  // namespace

void ProgramOptions::Register(CLI::App& command) {
  command.add_option("FILE", file_, "Program to read; - reads standard input");
  command
      .add_option("-e,--execute,--sql", texts_,
                  "Program text instead of a file; repeatable, parts are joined")
      ->type_name("SQL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("-D,--define", variables_, "Value of ${NAME} in the program; repeatable")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

absl::StatusOr<Program> ProgramOptions::Read() const {
  Program program;
  if (!texts_.empty() && !file_.empty()) {
    return base::InvalidArgument("give either a file or -e, not both");
  }
  if (!texts_.empty()) {
    program = {"<command line>", fmt::format("{}", fmt::join(texts_, ";\n"))};
  } else if (file_ == "-") {
    LAMINAR_ASSIGN_OR_RETURN(program.text, ReadStandardInput());
    program.name = "<stdin>";
  } else if (!file_.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(program.text, base::ReadWholeFile(file_, base::kProgramBytesMax));
    program.name = file_;
  } else {
    return base::InvalidArgument("no program: give a FILE, - for standard input, or -e SQL");
  }
  program.text = std::string(formats::WithoutByteOrderMark(program.text));
  if (static_cast<int64_t>(program.text.size()) > base::kProgramBytesMax) {
    return base::InvalidArgument(fmt::format("program is longer than {} MiB: {}",
                                             base::kProgramBytesMax >> 20, program.name));
  }
  return program;
}

absl::StatusOr<std::map<std::string, std::string>> ProgramOptions::Variables() const {
  std::map<std::string, std::string> variables;
  for (const std::string& variable : variables_) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) {
      return base::InvalidArgument("expected NAME=VALUE after -D: " + variable);
    }
    variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  return variables;
}

}  // namespace laminar::cli
