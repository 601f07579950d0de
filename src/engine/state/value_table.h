// ValueTable: the small kind of state table, name -> number, for what an operator must remember
// beside its rows: watermark, counters. One per operator subtask; in snapshots all of it belongs to
// key group 0. The task's thread.
#ifndef LAMINAR_ENGINE_STATE_VALUE_TABLE_H_
#define LAMINAR_ENGINE_STATE_VALUE_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "engine/state/state_table.h"

namespace laminar::engine {

class ValueTable final : public StateTable {
 public:
  ValueTable();

  void Set(const std::string& name, int64_t value) { values_[name] = value; }
  /// The value set or loaded last, or `absent`.
  int64_t Get(const std::string& name, int64_t absent) const;

  const StateSchema& schema() const override { return schema_; }
  int64_t num_rows() const override { return static_cast<int64_t>(values_.size()); }
  int64_t bytes() const override { return 0; }
  data::Schema SnapshotSchema() const override { return MakeSnapshotSchema(schema_); }
  std::unique_ptr<StateScan> Scan(KeyGroupRange range) const override;
  absl::Status Load(const data::Chunk& rows) override;
  void Clear() override { values_.clear(); }

 private:
  const StateSchema schema_;
  std::map<std::string, int64_t> values_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_VALUE_TABLE_H_
