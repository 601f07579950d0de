// Loops of kernels over one argument: constants stay constant, dictionaries that repeat their
// entries are computed once per entry, NULL gives NULL. The evaluator's thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_VALUE_ROWS_H_
#define LAMINAR_EXPRESSION_KERNELS_VALUE_ROWS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

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

/// Keeps the results for the entries of a dictionary that comes again and again (it has an id), so
/// that each entry is computed once.
template <class Result>
class DictionaryMemo {
 public:
  /// As MapValues over VARCHAR; false, with nothing done, when the argument is no such dictionary
  /// or is seen for the first time.
  template <class Compute>
  bool Map(data::Vector& argument,
           data::idx_t count,
           data::Vector& result,
           const Compute& compute) {
    if (argument.GetVectorType() != duckdb::VectorType::DICTIONARY_VECTOR) {
      return false;
    }
    const duckdb::optional_idx size = duckdb::DictionaryVector::DictionarySize(argument);
    const std::string& id = duckdb::DictionaryVector::DictionaryId(argument);
    if (id.empty() || !size.IsValid() || size.GetIndex() > kEntriesMax) {
      return false;
    }
    if (id != id_) {
      id_ = id;
      entries_.reset();
      return false;
    }
    data::Vector& dictionary = duckdb::DictionaryVector::Child(argument);
    if (!entries_) {
      entries_.emplace(result.GetType(), size.GetIndex());
      states_.assign(size.GetIndex(), State::kUnknown);
      if constexpr (std::is_same_v<Result, duckdb::string_t>) {
        duckdb::StringVector::AddHeapReference(*entries_, dictionary);
      }
    }
    Fill(dictionary, duckdb::DictionaryVector::SelVector(argument), count, result, compute);
    if constexpr (std::is_same_v<Result, duckdb::string_t>) {
      duckdb::StringVector::AddHeapReference(result, *entries_);
    }
    return true;
  }

 private:
  enum class State : uint8_t { kUnknown, kValue, kNull };
  /// Larger ones have few repetitions.
  static constexpr data::idx_t kEntriesMax = 65536;

  template <class Compute>
  void Fill(data::Vector& dictionary,
            const data::SelectionVector& entry_of_row,
            data::idx_t count,
            data::Vector& result,
            const Compute& compute) {
    data::UnifiedVectorFormat arguments;
    dictionary.ToUnifiedFormat(states_.size(), arguments);
    const auto* texts = data::UnifiedVectorFormat::GetData<duckdb::string_t>(arguments);
    Result* known = duckdb::FlatVector::GetData<Result>(*entries_);
    Result* results = duckdb::FlatVector::GetData<Result>(result);
    for (data::idx_t i = 0; i < count; ++i) {
      const data::idx_t entry = entry_of_row.get_index(i);
      if (states_[entry] == State::kUnknown) {
        const data::idx_t row = arguments.sel->get_index(entry);
        const bool valid = arguments.validity.RowIsValid(row);
        states_[entry] = valid ? State::kValue : State::kNull;
        if (valid) {
          known[entry] = compute(texts[row], *entries_);
        }
      }
      if (states_[entry] == State::kValue) {
        results[i] = known[entry];
      } else {
        duckdb::FlatVector::SetNull(result, i, true);
      }
    }
  }

  std::string id_;
  std::optional<data::Vector> entries_;
  std::vector<State> states_;
};

/// As MapValues where the argument is VARCHAR: a dictionary with fewer entries than half the rows
/// is computed entry by entry, one that comes again is remembered.
template <class Result, class Compute>
void MapStrings(data::Vector& argument,
                data::idx_t count,
                data::Vector& result,
                DictionaryMemo<Result>& memo,
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
    if (memo.Map(argument, count, result, compute)) {
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
                   DictionaryMemo<duckdb::string_t>& memo,
                   const Compute& compute) {
  MapStrings<duckdb::string_t>(argument, count, result, memo, compute);
  data::Vector& holder = result.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR
                             ? duckdb::DictionaryVector::Child(result)
                             : result;
  duckdb::StringVector::AddHeapReference(holder, argument);
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_VALUE_ROWS_H_
