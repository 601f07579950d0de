// The mistakes that can be made on purpose, to see that the simulation finds them. They live in the
// model around the protocol's cores, never in the cores. Plain values; any thread.
#ifndef LAMINAR_TESTS_SIMULATION_BUGS_H_
#define LAMINAR_TESTS_SIMULATION_BUGS_H_

#include <array>
#include <string_view>

namespace laminar::simulation {

enum class Bug {
  kNone,
  kSkipFenceCheck,          // the log takes epochs of earlier generations
  kCommitBeforeRecord,      // output is published once the manifest is written
  kForgetEmptyEpochs,       // an epoch without output is taken for complete, without a record
  kAckBeforeUpload,         // a task reports its part before it is durable
  kCollectByEpochNumber,    // objects of old epochs are deleted, whoever refers to them
  kCollectWhatIsOnItsWay,   // objects of this generation that no manifest names are deleted
  kReuseGeneration,         // an attempt takes the generation of the one before
  kWrongKeyGroupOnRestore,  // a task takes a range of key groups that is off by one
  kTakeUnknownForNo,        // a record of unknown outcome is taken for one that was not made
  kTakeUnknownForYes,       // a commit of unknown outcome is taken for done
  kForgetRestoredCommits,   // commits of a restored epoch are not repeated
  kReadOffsetsTooLate,      // a source's position is read when it is reported, not at the barrier
  kSkipAlignment,           // a task takes its part at the first barrier
  kStartEmptyOnError,       // a checkpoint that cannot be read is taken for none
  kFallBackToOlder,         // a checkpoint that cannot be read is skipped for an older one
  kPublishUnderNewNames,    // output is published under a name that every attempt makes anew
  kForgetLastFile,          // a table is restored without its newest file
  kRemoveNamedLeftovers,    // clean-up at restore removes output that a checkpoint names
};
inline constexpr size_t kNumBugs = 19;

inline constexpr std::array<std::string_view, kNumBugs> kBugNames = {
    "none",
    "skip-fence-check",
    "commit-before-record",
    "forget-empty-epochs",
    "ack-before-upload",
    "collect-by-epoch-number",
    "collect-what-is-on-its-way",
    "reuse-generation",
    "wrong-key-group-on-restore",
    "take-unknown-for-no",
    "take-unknown-for-yes",
    "forget-restored-commits",
    "read-offsets-too-late",
    "skip-alignment",
    "start-empty-on-error",
    "fall-back-to-older",
    "publish-under-new-names",
    "forget-last-file",
    "remove-named-leftovers",
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_BUGS_H_
