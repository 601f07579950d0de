// Requests from outside to end, as numbers that any thread can poll. Installed once, at the start
// of a program.
#ifndef LAMINAR_BASE_SIGNALS_H_
#define LAMINAR_BASE_SIGNALS_H_

#include <cstdint>

namespace laminar::base {

/// Counts SIGINT and SIGTERM instead of dying of them, and ignores SIGPIPE, so that a closed pipe
/// is an error of write().
void InstallSignalHandlers();

/// How many SIGINT and SIGTERM came since the start. Any thread.
int StopSignalCount();
/// The latest of them (SIGINT or SIGTERM); 0 before any.
int LastStopSignal();

/// Waits until StopSignalCount() exceeds `seen` or `nanos` have passed; returns the count. BLOCKS.
/// One thread at a time.
int WaitForStopSignal(int seen, int64_t nanos);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SIGNALS_H_
