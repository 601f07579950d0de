// ValueTable: the small kind of state table, name -> number, for what an operator must remember
// beside its rows: watermark, counters. A subtask has one number of each name; in snapshots it
// stands under every key group that the subtask owns, so that a subtask of another parallelism
// finds those of all whose key groups it takes over, and makes one of them. The task's thread.
#ifndef LAMINAR_ENGINE_STATE_VALUE_TABLE_H_
#define LAMINAR_ENGINE_STATE_VALUE_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/state/state_table.h"

namespace laminar::engine {

class ValueTable final : public StateTable {
 public:
  /// How the numbers of several subtasks become one.
  enum class Merge {
    kLeast,
    kGreatest,
    kSum,  // under one key group only
  };

  ValueTable();

  void Set(const std::string& name, int64_t value, Merge merge) { values_[name] = {value, merge}; }
  /// What Apply has found under `name`, or `absent`.
  int64_t Restored(const std::string& name, int64_t absent, Merge merge) const;

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return static_cast<int64_t>(values_.size()); }
  int64_t bytes() const override { return 0; }
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  /// Every cut is complete.
  absl::StatusOr<std::unique_ptr<StateCut>> Cut(CutKind kind, KeyGroupRange range) override;
  absl::Status Apply(const data::Chunk& changes, KeyGroupRange range) override;
  void Clear() override;

 private:
  class CopiedCut;
  struct Value {
    int64_t value = 0;
    Merge merge = Merge::kLeast;
  };

  const StateSchema schema_;
  std::map<std::string, Value> values_;
  std::map<std::string, std::map<uint32_t, int64_t>> restored_;  // by key group
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_VALUE_TABLE_H_
