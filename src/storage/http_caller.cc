#include "storage/http_caller.h"

#include <algorithm>
#include <utility>

#include "storage/text.h"

namespace laminar::storage {
namespace {

constexpr int64_t kNanosPerMilli = 1'000'000;

// Times that something is learned before it counts as a failure.
constexpr int kLearnedMax = 4;

bool MayGoBetter(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded;
}

// What is missing to ask must not be taken for what the store was asked for.
absl::Status WithoutAnswersCodes(absl::Status status) {
  if (status.code() != absl::StatusCode::kNotFound &&
      status.code() != absl::StatusCode::kAlreadyExists) {
    return status;
  }
  return base::MakeError(absl::StatusCode::kPermissionDenied,
                         "no credentials: " + std::string(base::FromAbsl(status.message())));
}

}  // namespace

struct HttpCaller::Progress {
  CallResult result;
  int64_t begun_nanos = 0;
  int attempts = 0;
  int learned = 0;
  int backoffs = 0;
  bool reached = false;  // some server took a request
  int64_t asked_wait_ms = 0;
};

HttpCaller::HttpCaller(HttpTransport& transport,
                       const base::Clock& clock,
                       Sleep sleep,
                       uint64_t seed,
                       Options options)
    : transport_(transport),
      clock_(clock),
      sleep_(std::move(sleep)),
      options_(options),
      random_(seed) {}

CallResult HttpCaller::Call(const HttpRequest& request,
                            const Prepare& prepare,
                            const Judge& judge) {
  Progress progress;
  progress.begun_nanos = clock_.Now().nanos;
  while (true) {
    Attempt(request, prepare, judge, progress);
    const Verdict verdict = progress.result.verdict;
    if (verdict == Verdict::kSuccess || verdict == Verdict::kRefused) {
      return progress.result;
    }
    if (verdict == Verdict::kLearned) {
      if (++progress.learned > kLearnedMax) {
        progress.result.verdict = Verdict::kRefused;
        return progress.result;
      }
      continue;
    }
    if (!WaitForNext(progress)) {
      return progress.result;
    }
  }
}

void HttpCaller::Attempt(const HttpRequest& request,
                         const Prepare& prepare,
                         const Judge& judge,
                         Progress& progress) {
  CallResult& result = progress.result;
  ++progress.attempts;
  progress.asked_wait_ms = 0;
  result.answered = false;
  HttpRequest attempt = request;
  const int64_t used_ms = (clock_.Now().nanos - progress.begun_nanos) / kNanosPerMilli;
  attempt.timeout_ms = std::max<int64_t>(1, options_.call_timeout_ms - used_ms);
  attempt.stall_timeout_ms = std::min(options_.request_timeout_ms, attempt.timeout_ms);
  if (absl::Status prepared = prepare(attempt); !prepared.ok()) {
    result.verdict = MayGoBetter(prepared) ? Verdict::kThrottled : Verdict::kRefused;
    result.status = WithoutAnswersCodes(std::move(prepared));
    return;
  }
  HttpResult sent = transport_.Send(attempt);
  switch (sent.state) {
    case HttpResult::State::kAnswered:
      progress.reached = true;
      result.answered = true;
      result.verdict = judge(sent.answer);
      if (const auto seconds = ParseNumber(sent.answer.header("retry-after"))) {
        progress.asked_wait_ms = std::min<int64_t>(*seconds, 3600) * 1000;
      }
      result.answer = std::move(sent.answer);
      break;
    case HttpResult::State::kNotSent:
      result.verdict = MayGoBetter(sent.status) ? Verdict::kThrottled : Verdict::kRefused;
      result.status = std::move(sent.status);
      break;
    case HttpResult::State::kNoAnswer:
      progress.reached = true;
      result.verdict = Verdict::kTransient;
      result.status = std::move(sent.status);
      break;
  }
  result.maybe_applied |= result.verdict == Verdict::kTransient;
}

bool HttpCaller::WaitForNext(Progress& progress) {
  if (progress.attempts >= options_.attempts_max) {
    return false;
  }
  const int64_t bound_ms = std::min(options_.backoff_max_ms,
                                    options_.backoff_first_ms << std::min(progress.backoffs, 20));
  ++progress.backoffs;
  const int64_t wait_ms = std::max(Jitter(bound_ms), progress.asked_wait_ms);
  const int64_t used_ms = (clock_.Now().nanos - progress.begun_nanos) / kNanosPerMilli;
  const int64_t limit_ms = progress.reached
                               ? options_.call_timeout_ms
                               : std::min(options_.call_timeout_ms, options_.reach_timeout_ms);
  if (used_ms + wait_ms >= limit_ms) {
    return false;
  }
  sleep_(wait_ms * kNanosPerMilli);
  return true;
}

int64_t HttpCaller::Jitter(int64_t bound_ms) {
  const base::MutexLock lock(mutex_);
  return static_cast<int64_t>(random_.Uniform(static_cast<uint64_t>(bound_ms) + 1));
}

Verdict JudgeByStatus(int status) {
  if (status >= 200 && status < 300) {
    return Verdict::kSuccess;
  }
  if (status == 429) {
    return Verdict::kThrottled;
  }
  // 408 and 5xx: a gateway may have given up on a server that goes on.
  return status == 408 || (status >= 500 && status != 501 && status != 507) ? Verdict::kTransient
                                                                            : Verdict::kRefused;
}

}  // namespace laminar::storage
