// Whether rows of a table of state that one version of an operator has written can be taken by
// another: the rules for its columns. Columns are the same when they have the same origin; where
// that is not known, by their names, or by their order when there are as many. Pure; any thread.
#ifndef LAMINAR_CONTROL_CHECKPOINT_RECOVERY_MIGRATION_H_
#define LAMINAR_CONTROL_CHECKPOINT_RECOVERY_MIGRATION_H_

#include <string>
#include <string_view>
#include <vector>

#include "rpc/checkpoint_messages.h"

namespace laminar::control {

struct TableMigration {
  std::vector<std::string> changes;  // empty: none is needed
  std::string refusal;               // why it cannot be; empty: it can
};

/// Null when there is none of that name.
const rpc::TableState* FindTable(const std::vector<rpc::TableState>& tables,
                                 const std::string& name);

/// How the tables of an operator come from `stored` to `wanted`.
TableMigration CompareTables(const std::vector<rpc::TableState>& stored,
                             const std::vector<rpc::TableState>& wanted);

/// A stored table in the form of the wanted one, as a restore reads it: its columns are those of
/// `wanted` in order, each under its name in the files; a column that is added has a name that no
/// file has. REQUIRES: not refused.
rpc::TableState MigrateTable(const rpc::TableState& stored, const rpc::TableState& wanted);

/// Whether every value of one SQL type has an equal one in the other.
bool IsWidening(std::string_view from, std::string_view to);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_RECOVERY_MIGRATION_H_
