// HttpCaller: the one place where requests are sent again. Between attempts it waits a random time
// below a bound that doubles ("full jitter"), as long as the store asks for if it does, and it
// gives up at the call's deadline. It remembers whether an attempt that failed may have been
// carried out: from this the three-valued outcomes come. Thread-safe.
#ifndef LAMINAR_STORAGE_HTTP_CALLER_H_
#define LAMINAR_STORAGE_HTTP_CALLER_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "storage/http.h"

namespace laminar::storage {

/// What an answer means for whoever may send the request again.
enum class Verdict {
  kSuccess,
  kRefused,    // final; the request changed nothing
  kTransient,  // later may go better; nobody knows whether the request did anything
  kThrottled,  // later may go better; the request changed nothing
  kLearned,    // the request changed nothing, and what was wrong with it is known now: at once
};

struct CallResult {
  Verdict verdict = Verdict::kTransient;   // of the last attempt
  HttpAnswer answer = {};                  // of the last attempt that had one
  absl::Status status = absl::OkStatus();  // of the last attempt when it had none
  bool answered = false;
  /// An attempt before the last may have been carried out; with kTransient, the last one too.
  bool maybe_applied = false;

  bool success() const { return verdict == Verdict::kSuccess; }
};

class HttpCaller {
 public:
  struct Options {
    int64_t request_timeout_ms = 30'000;
    int64_t call_timeout_ms = 60'000;
    /// Where no server is reached at all, there is less to wait for.
    int64_t reach_timeout_ms = 10'000;
    int64_t backoff_first_ms = 100;
    int64_t backoff_max_ms = 10'000;
    int attempts_max = 30;
  };
  /// Lets the time between attempts pass; tests let a clock of theirs go on.
  using Sleep = std::function<void(int64_t nanos)>;

  HttpCaller(HttpTransport& transport,
             const base::Clock& clock,
             Sleep sleep,
             uint64_t seed,
             Options options);

  /// Signs or otherwise completes a request before each attempt. An error ends the call, unless it
  /// is Unavailable or DeadlineExceeded.
  using Prepare = std::function<absl::Status(HttpRequest&)>;
  using Judge = std::function<Verdict(const HttpAnswer&)>;

  /// Sends `request` until it succeeds, is refused, or time is up. BLOCKS.
  CallResult Call(const HttpRequest& request, const Prepare& prepare, const Judge& judge);

 private:
  struct Progress;

  void Attempt(const HttpRequest& request,
               const Prepare& prepare,
               const Judge& judge,
               Progress& progress);
  bool WaitForNext(Progress& progress);
  int64_t Jitter(int64_t bound_ms) LAMINAR_EXCLUDES(mutex_);

  HttpTransport& transport_;
  const base::Clock& clock_;
  const Sleep sleep_;
  const Options options_;
  base::Mutex mutex_;
  base::Random random_ LAMINAR_GUARDED_BY(mutex_);
};

/// By status alone, as every HTTP server means it.
Verdict JudgeByStatus(int status);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_HTTP_CALLER_H_
