// Whether rows of a table of state that one version of an operator has written can be taken by
// another: the rules for its columns. Pure; any thread.
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

/// How the tables of an operator come from `stored` to `wanted`.
TableMigration CompareTables(const std::vector<rpc::TableState>& stored,
                             const std::vector<rpc::TableState>& wanted);

/// Whether every value of one SQL type has an equal one in the other.
bool IsWidening(std::string_view from, std::string_view to);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_RECOVERY_MIGRATION_H_
