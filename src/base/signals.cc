#include "base/signals.h"

#include <atomic>
#include <signal.h>
#include <unistd.h>

namespace laminar::base {
namespace {

// What shells show of a process that a signal has ended: this plus its number.
constexpr int kExitCodeOfSignals = 128;

// Lock-free atomics are what a signal handler may use.
std::atomic<int> stop_signals{0};
std::atomic<int> last_signal{0};
std::atomic<bool> ends_with_exit_code{false};
static_assert(std::atomic<int>::is_always_lock_free);

void OnStopSignal(int signal_number) {
  last_signal.store(signal_number);
  stop_signals.fetch_add(1);
}

void OnEarlySignal(int signal_number) { _exit(kExitCodeOfSignals + signal_number); }

void Handle(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void IgnoreBrokenPipes() { Handle(SIGPIPE, SIG_IGN); }

void EndProcessOnStopSignals() {
  ends_with_exit_code.store(true);
  Handle(SIGINT, OnEarlySignal);
  Handle(SIGTERM, OnEarlySignal);
}

StopSignalScope::StopSignalScope() {
  Handle(SIGINT, OnStopSignal);
  Handle(SIGTERM, OnStopSignal);
}

StopSignalScope::~StopSignalScope() {
  void (*const handler)(int) = ends_with_exit_code.load() ? OnEarlySignal : SIG_DFL;
  Handle(SIGINT, handler);
  Handle(SIGTERM, handler);
}

int StopSignalCount() { return stop_signals.load(); }
int LastStopSignal() { return last_signal.load(); }

}  // namespace laminar::base
