// Loops of kernels over one argument: constants stay constant, dictionaries that repeat their
// entries are computed once per entry, NULL gives NULL. The evaluator's thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_VALUE_ROWS_H_
#define LAMINAR_EXPRESSION_KERNELS_VALUE_ROWS_H_

#include <string_view>

#include "data/vector.h"

namespace laminar::expression {

inline std::string_view ViewOf(const duckdb::string_t& text) {
  return {text.GetData(), text.GetSize()};
}

/// A string that refers to bytes of another; short ones hold them.
inline duckdb::string_t StringOf(std::string_view text) {
  return {text.data(), static_cast<uint32_t>(text.size())};
}

/// result[i] = compute(argument[i], holder) for every row that is not NULL; `holder` is the vector
/// that new strings are added to.
template <class Argument, class Result, class Compute>
void MapValues(data::Vector& argument,
               data::idx_t count,
               data::Vector& result,
               const Compute& compute) {
  if (argument.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    if (duckdb::ConstantVector::IsNull(argument)) {
      duckdb::ConstantVector::SetNull(result, true);
    } else {
      *duckdb::ConstantVector::GetData<Result>(result) =
          compute(*duckdb::ConstantVector::GetData<Argument>(argument), result);
    }
    return;
  }
  data::UnifiedVectorFormat rows;
  argument.ToUnifiedFormat(count, rows);
  const Argument* values = data::UnifiedVectorFormat::GetData<Argument>(rows);
  Result* results = duckdb::FlatVector::GetData<Result>(result);
  if (rows.validity.AllValid()) {
    for (data::idx_t i = 0; i < count; ++i) {
      results[i] = compute(values[rows.sel->get_index(i)], result);
    }
    return;
  }
  auto& validity = duckdb::FlatVector::Validity(result);
  for (data::idx_t i = 0; i < count; ++i) {
    const data::idx_t row = rows.sel->get_index(i);
    if (rows.validity.RowIsValid(row)) {
      results[i] = compute(values[row], result);
    } else {
      validity.SetInvalid(i);
    }
  }
}

/// As MapValues where the argument is VARCHAR: a dictionary with fewer entries than half the rows
/// is computed entry by entry.
template <class Result, class Compute>
void MapStrings(data::Vector& argument,
                data::idx_t count,
                data::Vector& result,
                const Compute& compute) {
  if (argument.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR) {
    const duckdb::optional_idx size = duckdb::DictionaryVector::DictionarySize(argument);
    if (size.IsValid() && size.GetIndex() * 2 <= count) {
      data::Vector entries(result.GetType(), size.GetIndex());
      MapValues<duckdb::string_t, Result>(duckdb::DictionaryVector::Child(argument),
                                          size.GetIndex(), entries, compute);
      result.Dictionary(entries, size.GetIndex(), duckdb::DictionaryVector::SelVector(argument),
                        count);
      return;
    }
  }
  MapValues<duckdb::string_t, Result>(argument, count, result, compute);
}

/// As MapStrings for a function whose results are parts of its arguments: their bytes are shared,
/// not copied.
template <class Compute>
void MapSubstrings(data::Vector& argument,
                   data::idx_t count,
                   data::Vector& result,
                   const Compute& compute) {
  MapStrings<duckdb::string_t>(argument, count, result, compute);
  data::Vector& holder = result.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR
                             ? duckdb::DictionaryVector::Child(result)
                             : result;
  duckdb::StringVector::AddHeapReference(holder, argument);
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_VALUE_ROWS_H_
