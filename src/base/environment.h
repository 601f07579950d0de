// The process's environment: variables, terminal, machine. The only place that reads them.
#ifndef LAMINAR_BASE_ENVIRONMENT_H_
#define LAMINAR_BASE_ENVIRONMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laminar::base {

std::optional<std::string> EnvironmentVariable(const std::string& name);
/// Every variable as NAME, VALUE.
std::vector<std::pair<std::string, std::string>> EnvironmentVariables();

/// Fills standard descriptors that the process was started without, so that no file takes their
/// numbers: what reads or writes them gets an error. To be called before anything is opened.
void ReserveStandardDescriptors();
/// Ends the process where it is: nothing is written or closed, and other threads are not waited
/// for.
[[noreturn]] void EndProcess(int exit_code);

/// Whether a file descriptor (0, 1, 2) is a terminal.
bool IsTerminal(int descriptor);
/// Columns of the terminal on stderr, 80 when unknown.
int TerminalWidth();

/// Cores that this process may run on.
int NumCores();
/// "AMD EPYC, 2 cores, 23 GiB", for benchmark reports.
std::string DescribeMachine();
/// Greatest resident memory of the process so far, and the current one, in bytes.
int64_t PeakResidentBytes();
/// Lets the peak start again from the current value, where the kernel allows it.
void ResetPeakResidentBytes();
int64_t ResidentBytes();

}  // namespace laminar::base

#endif  // LAMINAR_BASE_ENVIRONMENT_H_
