// Requests from outside to end, as numbers that any thread can poll.
#ifndef LAMINAR_BASE_SIGNALS_H_
#define LAMINAR_BASE_SIGNALS_H_

namespace laminar::base {

/// Makes a closed pipe an error of write() instead of the end of the process.
void IgnoreBrokenPipes();

/// From here on SIGINT and SIGTERM end the process at once, with 128 + their number as its exit
/// code. Once, at the start of the process.
void EndProcessOnStopSignals();

/// While it lives, SIGINT and SIGTERM are counted; before and after it they end the process at
/// once, so that nothing slow can be in their way. One at a time, in any thread.
class StopSignalScope {
 public:
  StopSignalScope();
  ~StopSignalScope();
  StopSignalScope(const StopSignalScope&) = delete;
  StopSignalScope& operator=(const StopSignalScope&) = delete;
};

/// How many SIGINT and SIGTERM were counted since the start. Any thread.
int StopSignalCount();
/// The latest of them (SIGINT or SIGTERM); 0 before any.
int LastStopSignal();

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SIGNALS_H_
