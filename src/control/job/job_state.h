// The states of a job, which of them may follow one another, and what each command means in each of
// them: every pair is written down, so that none is left to chance. Plain values; any thread.
//
//   created -> scheduling -> restoring -> running -> checkpoint-stopping -> stopping -> stopped
//                  ^  ^                     |  |             |
//                  |  +---- rescaling <-----+  +-> finished  |
//                  +------- recovering <---(any failure)-----+        any of these -> failed
#ifndef LAMINAR_CONTROL_JOB_JOB_STATE_H_
#define LAMINAR_CONTROL_JOB_JOB_STATE_H_

#include <cstddef>
#include <string_view>

namespace laminar::control {

enum class JobState {
  kCreated,             // nothing has been asked for
  kScheduling,          // a generation is claimed, its tasks are placed
  kRestoring,           // the tasks load the newest complete checkpoint
  kRunning,             // rows flow
  kCheckpointStopping,  // the last checkpoint of a stop is under way
  kStopping,            // tasks are going away, nothing follows
  kRecovering,          // an attempt has failed: its tasks are going away, the next one waits
  kRescaling,           // the last checkpoint at the old parallelism is under way, or tasks go away
  kFinished,            // all input was read, all output is published
  kStopped,             // as was asked for
  kFailed,              // for good
};
inline constexpr size_t kNumJobStates = 11;

enum class JobCommand {
  kStart,
  kStop,        // with a last checkpoint, if there is anything to put into it
  kStopNow,     // what has happened since the newest checkpoint will happen again
  kRescale,     // to another parallelism
  kCheckpoint,  // take one soon
};
inline constexpr size_t kNumJobCommands = 5;

/// What a command does in a state.
enum class JobReaction {
  kDo,       // it is carried out
  kLater,    // it is kept, and carried out once that can be done
  kAlready,  // it is so, or is becoming so: nothing to do
  kRefuse,   // it makes no sense any more
};

JobReaction ReactionTo(JobState state, JobCommand command);
bool IsLegalEdge(JobState from, JobState to);
/// Whether nothing but a new start changes it.
bool IsTerminal(JobState state);
std::string_view NameOf(JobState state);
std::string_view NameOf(JobCommand command);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_JOB_JOB_STATE_H_
