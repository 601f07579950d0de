// DistinctKeys: (group, arguments) of rows as keys of a distinct set. Reused by its owner; the
// task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_DISTINCT_KEYS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_DISTINCT_KEYS_H_

#include <cstdint>
#include <vector>

#include "data/chunk.h"
#include "engine/state/key_columns.h"
#include "engine/state/row_layout.h"
#include "engine/state/state_schema.h"

namespace laminar::engine {

class DistinctKeys {
 public:
  /// The schema of a set: keys `_group` and the arguments; `values` beside them.
  static StateSchema Schema(std::string name,
                            const std::vector<data::LogicalType>& argument_types,
                            std::vector<data::Field> values);

  /// `layout` is of that schema's keys.
  DistinctKeys(const RowLayout& layout, const std::vector<data::LogicalType>& argument_types);

  /// Makes keys of groups[i] and row i of `arguments`. Both must outlive the use of keys().
  void Set(const int64_t* groups, const data::Chunk& arguments);
  const KeyColumns& keys() const { return keys_; }

 private:
  std::vector<data::LogicalType> types_;
  data::Chunk chunk_;
  KeyColumns keys_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_DISTINCT_KEYS_H_
