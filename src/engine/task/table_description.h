// How a table of state is told of in checkpoints. Pure; any thread.
#ifndef LAMINAR_ENGINE_TASK_TABLE_DESCRIPTION_H_
#define LAMINAR_ENGINE_TASK_TABLE_DESCRIPTION_H_

#include "engine/state/state_schema.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

/// Without files; the origins of its columns are not known here.
rpc::TableState DescribeTable(const StateSchema& schema);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_TABLE_DESCRIPTION_H_
