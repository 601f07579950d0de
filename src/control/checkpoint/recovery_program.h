// Whether a checkpoint can be restored into a program, operator by operator: what `laminar run`
// asks before it restores, and what `laminar explain --diff` prints. Pure; any thread.
//
// Operators are the same when their fingerprints are (plan::NodeIdentity); those of one kin take
// over one another's tables where these can be migrated: a column is added when it can be NULL,
// widened, or dropped; anything else is refused, and the operator begins anew.
#ifndef LAMINAR_CONTROL_CHECKPOINT_RECOVERY_PROGRAM_H_
#define LAMINAR_CONTROL_CHECKPOINT_RECOVERY_PROGRAM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "plan/job_graph.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::control {

/// The program as a whole, whatever the order of its statements.
uint64_t ProgramFingerprint(const plan::JobGraph& graph);

/// Sets what a header says of the program: fingerprint, nodes, key groups and their hash.
void DescribeProgram(const plan::JobGraph& graph, ManifestHeader& header);

enum class OperatorFate {
  kReuse,    // goes on with its state
  kMigrate,  // likewise; columns of its tables have changed
  kRebuild,  // begins without state: it is new, or the tables cannot be migrated
  kDropped,  // the program has it no longer; its state is not used
};

const char* OperatorFateName(OperatorFate fate);  // "reuse"

struct OperatorComparison {
  rpc::OperatorId op;
  /// Who it is in the checkpoint: another one when it takes over the state of its kin. Unset: no
  /// state of that is used.
  std::optional<rpc::OperatorId> kept_as;
  std::string name;         // of the program's node; of a dropped one, the checkpoint's
  std::string description;  // likewise
  OperatorFate fate = OperatorFate::kReuse;
  /// kMigrate: what changes, `groups: column price is widened from INTEGER to BIGINT`. kRebuild:
  /// why, when its tables are to blame.
  std::vector<std::string> changes;
  int64_t state_bytes = 0;  // in the checkpoint
};

struct ProgramComparison {
  /// Those that keep something (state, positions, output): the program's in the order of the graph,
  /// then the dropped ones.
  std::vector<OperatorComparison> operators;
  bool same_program = false;

  bool AnyOf(OperatorFate fate) const;
};

/// `expected`: which tables the program's operators have, by the engine (files are not looked at);
/// operators that are not among them are taken as they were.
ProgramComparison CompareProgram(const Manifest& manifest,
                                 const plan::JobGraph& graph,
                                 const std::vector<rpc::OperatorState>& expected = {});

/// The states of the checkpoint's operators as those of the program take them: under their ids, and
/// their tables in the form of `expected`; what is rebuilt or dropped is left out.
std::vector<rpc::OperatorState> MigrateState(const Manifest& manifest,
                                             const ProgramComparison& comparison,
                                             const std::vector<rpc::OperatorState>& expected);

/// A line per operator.
std::string DescribeComparison(const ProgramComparison& comparison);

/// FailedPrecondition, saying what matches and what does not, when state would be lost: the program
/// is another one, or its tables cannot be migrated. Not asked with --force.
absl::Status CheckSameProgram(const ProgramComparison& comparison, const Manifest& manifest);

/// FailedPrecondition when the checkpoint's keys are scattered otherwise than the program's;
/// InvalidArgument when a node has more subtasks than there are key groups. --force does not help.
absl::Status CheckKeyGroups(const Manifest& manifest, const plan::JobGraph& graph);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_RECOVERY_PROGRAM_H_
