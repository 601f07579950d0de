// Exit codes of the command line; `laminar help exit-codes` prints them.
#ifndef LAMINAR_CLI_EXIT_CODE_H_
#define LAMINAR_CLI_EXIT_CODE_H_

namespace laminar::cli {

enum ExitCode : int {
  kDone = 0,
  kFailure = 1,
  kUsage = 2,
  kInvalid = 3,  // SQL or configuration
  kNotFound = 4,
  kConflict = 5,
  kNotAllowed = 6,
  kUnreachable = 7,
  kTimedOut = 8,
  kPipelineFailed = 9,
  kTestsFailed = 10,
  kUnhealthy = 11,
  kInterrupted = 130,
  kTerminated = 143,
};

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_EXIT_CODE_H_
