#include "expression/batch_sort_key.h"

#include "duckdb/function/create_sort_key.hpp"

#include "base/assert.h"
#include "expression/evaluation_error.h"

namespace laminar::expression {

absl::Status EncodeSortKeys(const data::Chunk& rows,
                            const std::vector<SortColumn>& order,
                            data::Vector& keys) {
  LAMINAR_ASSERT(!order.empty(), rows.num_columns());
  try {
    duckdb::DataChunk input;
    duckdb::vector<data::LogicalType> types;
    duckdb::vector<duckdb::OrderModifiers> modifiers;
    for (const SortColumn& column : order) {
      types.push_back(rows.column(column.column).GetType());
      modifiers.emplace_back(
          column.descending ? duckdb::OrderType::DESCENDING : duckdb::OrderType::ASCENDING,
          column.nulls_first ? duckdb::OrderByNullType::NULLS_FIRST
                             : duckdb::OrderByNullType::NULLS_LAST);
    }
    input.InitializeEmpty(types);
    for (size_t i = 0; i < order.size(); ++i) {
      input.data[i].Reference(rows.column(order[i].column));
    }
    input.SetCardinality(rows.num_rows());
    duckdb::CreateSortKeyHelpers::CreateSortKey(input, modifiers, keys);
    keys.Flatten(rows.num_rows());
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
  return absl::OkStatus();
}

}  // namespace laminar::expression
