#include "base/signals.h"

#include <atomic>
#include <signal.h>

namespace laminar::base {
namespace {

// Lock-free atomics are what a signal handler may use.
std::atomic<int> stop_signals{0};
std::atomic<int> last_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void OnStopSignal(int signal_number) {
  last_signal.store(signal_number);
  stop_signals.fetch_add(1);
}

void Handle(int signal_number, void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void IgnoreBrokenPipes() { Handle(SIGPIPE, SIG_IGN); }

StopSignalScope::StopSignalScope() {
  Handle(SIGINT, OnStopSignal);
  Handle(SIGTERM, OnStopSignal);
}

StopSignalScope::~StopSignalScope() {
  Handle(SIGINT, SIG_DFL);
  Handle(SIGTERM, SIG_DFL);
}

int StopSignalCount() { return stop_signals.load(); }
int LastStopSignal() { return last_signal.load(); }

}  // namespace laminar::base
