// Why a task does not run: a closed list, so that a stuck job can always say what it waits for.
#ifndef LAMINAR_ENGINE_METRICS_BLOCKING_REASON_H_
#define LAMINAR_ENGINE_METRICS_BLOCKING_REASON_H_

namespace laminar::engine {

enum class BlockingReason {
  kNoInput,    // its inputs, or its source, have nothing for it: the producer is slower, or the
               // stream is quiet
  kNoCredit,   // a consumer has not taken what was sent: the consumer is slower
  kSinkBusy,   // the sink's buffers are full, or it is still publishing: the outside is slower
  kTimer,      // its source gives its next rows at a time that has not come: a rate is set
  kAligning,   // some inputs have delivered their barrier, the others not yet
  kRestoring,  // its state is being fetched from a checkpoint
  kSnapshot,   // it has ended, and its last snapshot is not durable yet
};
inline constexpr int kNumBlockingReasons = 7;

/// "no input", ... for people.
inline const char* BlockingReasonName(BlockingReason reason) {
  switch (reason) {
    case BlockingReason::kNoInput:
      return "no input";
    case BlockingReason::kNoCredit:
      return "no credit";
    case BlockingReason::kSinkBusy:
      return "sink busy";
    case BlockingReason::kTimer:
      return "timer";
    case BlockingReason::kAligning:
      return "aligning";
    case BlockingReason::kRestoring:
      return "restoring";
    case BlockingReason::kSnapshot:
      return "snapshot";
  }
  return "unknown";
}

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_METRICS_BLOCKING_REASON_H_
