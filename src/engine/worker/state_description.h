// Which tables of state the operators of a program have, without running it: what a checkpoint is
// compared with before it is restored, and by which its columns are known again later. Any thread.
#ifndef LAMINAR_ENGINE_WORKER_STATE_DESCRIPTION_H_
#define LAMINAR_ENGINE_WORKER_STATE_DESCRIPTION_H_

#include <vector>

#include "base/status.h"
#include "plan/job_graph.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

/// One for every operator that has tables, without files. Columns of rows and of groups have their
/// origins (see plan::NodeIdentity); others are known by their names. Errors are those of making an
/// operator.
absl::StatusOr<std::vector<rpc::OperatorState>> DescribeState(const plan::JobGraph& graph);

/// Sets the origins of the columns of `states`, as tasks report them, from such a description.
void SetOrigins(const std::vector<rpc::OperatorState>& described,
                std::vector<rpc::OperatorState>& states);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_WORKER_STATE_DESCRIPTION_H_
