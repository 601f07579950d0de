// PartialRows: partial states as they come from the local phase, turned into rows of the group
// layout, to be merged. Reused from chunk to chunk by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_PARTIAL_ROWS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_PARTIAL_ROWS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/operators/window_aggregate/aggregate_plan.h"
#include "expression/aggregate_state.h"

namespace laminar::engine {

class PartialRows {
 public:
  /// `row_count_column` is the input column `_rows`.
  PartialRows(const AggregatePlan& plan, const RowLayout& layout, size_t row_count_column);

  /// Makes a row for each row of `chunk` (PartialSchema). They stay until the next call.
  void Set(const data::Chunk& chunk);
  uint8_t* const* rows() const { return rows_.data(); }
  /// Input rows that went into partial row `i`.
  int64_t NumRows(data::idx_t i) const { return num_rows_[i]; }

 private:
  class Strings final : public expression::StateStrings {
   public:
    char* Allocate(uint32_t size) override;
    void Release(char* room, uint32_t size) override {}
    void Clear() { texts_.clear(); }

   private:
    std::vector<std::unique_ptr<char[]>> texts_;
  };

  void Scatter(size_t layout_column, const data::Vector& values, data::idx_t count);

  const AggregatePlan& plan_;
  const RowLayout& layout_;
  const size_t row_count_column_;
  std::vector<uint8_t> memory_;
  std::vector<uint8_t*> rows_;
  std::vector<int64_t> num_rows_;
  Strings strings_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_PARTIAL_ROWS_H_
