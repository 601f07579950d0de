#include "expression/aggregate_nested_key.h"

#include "duckdb/function/create_sort_key.hpp"

namespace laminar::expression {
namespace {

const duckdb::OrderModifiers kOrder(duckdb::OrderType::ASCENDING,
                                    duckdb::OrderByNullType::NULLS_LAST);

}  // namespace

void EncodeNested(data::Vector& values, data::idx_t num_rows, data::Vector& keys) {
  keys.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  // A vector adds to its bytes and never drops any.
  keys.SetAuxiliary(nullptr);
  duckdb::FlatVector::Validity(keys).Reset();
  duckdb::CreateSortKeyHelpers::CreateSortKey(values, num_rows, kOrder, keys);
  keys.Flatten(num_rows);
  data::UnifiedVectorFormat format;
  values.ToUnifiedFormat(num_rows, format);
  for (data::idx_t i = 0; i < num_rows; ++i) {
    if (!format.validity.RowIsValid(format.sel->get_index(i))) {
      duckdb::FlatVector::SetNull(keys, i, true);
    }
  }
}

void DecodeNested(duckdb::string_t key, data::Vector& result, data::idx_t row) {
  duckdb::CreateSortKeyHelpers::DecodeSortKey(key, result, row, kOrder);
}

}  // namespace laminar::expression
