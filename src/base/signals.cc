#include "base/signals.h"

#include <algorithm>
#include <atomic>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace laminar::base {
namespace {

// Lock-free atomics and write() are what a signal handler may use.
std::atomic<int> stop_signals{0};
std::atomic<int> last_signal{0};
std::atomic<int> event_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void OnStopSignal(int signal_number) {
  last_signal.store(signal_number);
  stop_signals.fetch_add(1);
  const int fd = event_fd.load();
  if (fd >= 0) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(fd, &one, sizeof(one));
  }
}

}  // namespace

void InstallSignalHandlers() {
  if (event_fd.load() < 0) {
    event_fd.store(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  }
  struct sigaction action = {};
  action.sa_handler = OnStopSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
}

int StopSignalCount() { return stop_signals.load(); }
int LastStopSignal() { return last_signal.load(); }

int WaitForStopSignal(int seen, int64_t nanos) {
  if (stop_signals.load() > seen) {
    return stop_signals.load();
  }
  pollfd wait = {event_fd.load(), POLLIN, 0};
  const int64_t milliseconds = std::clamp<int64_t>((nanos + 999'999) / 1'000'000, 0, 3'600'000);
  if (poll(&wait, 1, static_cast<int>(milliseconds)) > 0) {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t bytes = read(wait.fd, &count, sizeof(count));
  }
  return stop_signals.load();
}

}  // namespace laminar::base
