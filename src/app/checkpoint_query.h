// The tables of state of a checkpoint as relations that SQL can be asked of: one view per table,
// `window_aggregate_2.groups`, with the rows as they were at the checkpoint: of several versions of
// a row the newest, without those that were removed or whose slice is gone. Columns: `_key_group`,
// for sliced tables `_start` and `_end` (microseconds since 1970), then keys, then values.
// Everything BLOCKS.
#ifndef LAMINAR_APP_CHECKPOINT_QUERY_H_
#define LAMINAR_APP_CHECKPOINT_QUERY_H_

#include <functional>
#include <string>
#include <vector>

#include "app/checkpoint_catalog.h"
#include "base/status.h"
#include "control/checkpoint/state_directory.h"
#include "expression/relation_query.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::app {

/// A table of state, and the schema and name of its view.
struct StateRelation {
  std::string schema;
  std::string name;
  const rpc::TableState* table = nullptr;  // of the checkpoint

  std::string FullName() const { return schema + "." + name; }
};

std::vector<StateRelation> StateRelations(const Checkpoint& checkpoint);

/// The SELECT of a view over a table whose files lie where `path_of` says.
std::string DefineStateRelation(
    const rpc::TableState& table,
    const std::function<std::string(const rpc::StoredObject&)>& path_of);

/// Asks. Reads the files of the tables that the query names, of a remote store into a temporary
/// folder. DataLoss, naming the object, when one is damaged; InvalidArgument when the query is
/// wrong.
absl::StatusOr<expression::QueryResult> QueryCheckpoint(const control::StateDirectory& directory,
                                                        const Checkpoint& checkpoint,
                                                        const std::string& sql);

}  // namespace laminar::app

#endif  // LAMINAR_APP_CHECKPOINT_QUERY_H_
