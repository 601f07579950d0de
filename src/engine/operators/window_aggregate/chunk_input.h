// ChunkInput: one input chunk made ready for the aggregates of an operator: hashed keys, argument
// columns in unified form, filters. Reused from chunk to chunk by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_CHUNK_INPUT_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_CHUNK_INPUT_H_

#include <cstdint>
#include <map>
#include <vector>

#include "data/chunk.h"
#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "engine/state/key_columns.h"

namespace laminar::engine {

/// Some rows of a chunk and the group's row that each belongs to.
struct GroupedRows {
  const duckdb::sel_t* positions = nullptr;  // in the chunk; not set: i
  uint8_t* const* groups = nullptr;
  data::idx_t count = 0;
  bool one_group = false;  // all of groups[] are the same

  data::idx_t PositionOf(data::idx_t i) const { return positions == nullptr ? i : positions[i]; }
};

/// Holds a part of GroupedRows.
struct GroupedSelection {
  std::vector<duckdb::sel_t> positions;
  std::vector<uint8_t*> groups;

  GroupedRows Rows(bool one_group) const {
    return {positions.data(), groups.data(), positions.size(), one_group};
  }
};

class ChunkInput {
 public:
  ChunkInput(const AggregatePlan& plan, const RowLayout& layout, std::vector<size_t> key_columns);

  /// Takes a chunk, which must outlive its use. `first_sequence` is the arrival number of its first
  /// row.
  void Set(const data::Chunk& chunk, int64_t first_sequence);

  const data::Chunk& chunk() const { return *chunk_; }
  const KeyColumns& keys() const { return keys_; }
  int64_t SequenceOf(data::idx_t row) const { return first_sequence_ + static_cast<int64_t>(row); }

  /// Adds rows to the states of native calls that take them at arrival and are not DISTINCT.
  absl::Status UpdateNatives(const GroupedRows& rows, expression::StateStrings& strings);
  /// Adds rows to the state of one native call, without regard to its filter.
  absl::Status UpdateNative(size_t native,
                            const GroupedRows& rows,
                            expression::StateStrings& strings);

  /// The part of `rows` that passes a filter; `rows` itself without one. The view ends with the
  /// next call for the same filter.
  GroupedRows Filter(FilterColumn filter, const GroupedRows& rows);
  /// Columns `columns` of the chunk at the rows' positions.
  data::Chunk Arguments(const std::vector<size_t>& columns,
                        const std::vector<data::LogicalType>& types,
                        const GroupedRows& rows) const;

 private:
  const AggregatePlan& plan_;
  const data::Chunk* chunk_ = nullptr;
  int64_t first_sequence_ = 1;
  KeyColumns keys_;
  std::vector<std::vector<data::UnifiedVectorFormat>> arguments_;  // per native call
  std::map<size_t, data::UnifiedVectorFormat> filters_;            // by input column
  std::map<size_t, GroupedSelection> filtered_;
  std::map<FilterColumn, std::vector<size_t>> plain_natives_;  // not DISTINCT, by filter
};

/// Adds rows of `arguments` (a native call's, in order) to its states.
absl::Status UpdateFrom(const data::Chunk& arguments,
                        const AggregatePlan::Native& native,
                        const GroupedRows& rows,
                        expression::StateStrings& strings);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_CHUNK_INPUT_H_
