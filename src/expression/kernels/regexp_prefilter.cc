// regexp_extract and regexp_matches of patterns for the engine: rows whose text lacks what every
// match has get their answer without it.
#include <memory>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/required_text.h"
#include "expression/kernels/string_search.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {
namespace {

class Prefilter {
 public:
  Prefilter(std::string required, ScalarBody original)
      : required_(std::move(required)), original_(std::move(original)) {}

  void Compute(duckdb::DataChunk& arguments, duckdb::ExpressionState& state, data::Vector& result) {
    data::Vector& texts = arguments.data[0];
    if (texts.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR) {
      original_(arguments, state, result);
      return;
    }
    const data::idx_t count = arguments.size();
    data::SelectionVector candidates(count);
    const data::idx_t num_candidates = Select(texts, count, result, candidates);
    if (num_candidates == 0) {
      return;
    }
    duckdb::DataChunk subset;
    subset.InitializeEmpty(arguments.GetTypes());
    subset.Slice(arguments, candidates, num_candidates);
    data::Vector computed(result.GetType(), num_candidates);
    original_(subset, state, computed);
    Scatter(computed, candidates, num_candidates, result);
  }

 private:
  // Writes the answer of texts that cannot match, and NULLs; returns the others.
  data::idx_t Select(data::Vector& texts,
                     data::idx_t count,
                     data::Vector& result,
                     data::SelectionVector& candidates) const {
    data::UnifiedVectorFormat rows;
    texts.ToUnifiedFormat(count, rows);
    const auto* values = data::UnifiedVectorFormat::GetData<duckdb::string_t>(rows);
    const bool is_text = result.GetType().id() == data::LogicalTypeId::VARCHAR;
    auto& validity = duckdb::FlatVector::Validity(result);
    data::idx_t num_candidates = 0;
    for (data::idx_t i = 0; i < count; ++i) {
      const data::idx_t row = rows.sel->get_index(i);
      if (!rows.validity.RowIsValid(row)) {
        validity.SetInvalid(i);
      } else if (FindText(ViewOf(values[row]), required_, 0) != kNotFound) {
        candidates.set_index(num_candidates++, i);
      } else if (is_text) {
        duckdb::FlatVector::GetData<duckdb::string_t>(result)[i] = duckdb::string_t(uint32_t{0});
      } else {
        duckdb::FlatVector::GetData<bool>(result)[i] = false;
      }
    }
    return num_candidates;
  }

  static void Scatter(data::Vector& computed,
                      const data::SelectionVector& rows,
                      data::idx_t count,
                      data::Vector& result) {
    computed.Flatten(count);
    if (result.GetType().id() == data::LogicalTypeId::VARCHAR) {
      duckdb::StringVector::AddHeapReference(result, computed);
      for (data::idx_t i = 0; i < count; ++i) {
        duckdb::FlatVector::GetData<duckdb::string_t>(result)[rows.get_index(i)] =
            duckdb::FlatVector::GetData<duckdb::string_t>(computed)[i];
      }
      return;
    }
    for (data::idx_t i = 0; i < count; ++i) {
      duckdb::FlatVector::GetData<bool>(result)[rows.get_index(i)] =
          duckdb::FlatVector::GetData<bool>(computed)[i];
    }
  }

  const std::string required_;
  const ScalarBody original_;
};

}  // namespace

std::optional<ScalarBody> MatchRegexpPrefilter(const duckdb::BoundFunctionExpression& call,
                                               const ScalarBody& original) {
  const std::string& name = call.function.name;
  const bool extracts = name == "regexp_extract" && call.children.size() <= 3;
  const bool matches = name == "regexp_matches" && call.children.size() == 2;
  if ((!extracts && !matches) || call.children.size() < 2) {
    return std::nullopt;
  }
  const bool result_fits = extracts ? call.return_type.id() == data::LogicalTypeId::VARCHAR
                                    : call.return_type.id() == data::LogicalTypeId::BOOLEAN;
  const std::optional<std::string> regex = AsText(*call.children[1]);
  const bool group_fits = call.children.size() < 3 || AsInteger(*call.children[2]);
  if (!result_fits || !regex || !group_fits) {
    return std::nullopt;
  }
  std::string required = RequiredText(*regex);
  if (required.empty()) {
    return std::nullopt;
  }
  auto prefilter = std::make_shared<Prefilter>(std::move(required), original);
  return [prefilter](duckdb::DataChunk& arguments, duckdb::ExpressionState& state,
                     duckdb::Vector& result) { prefilter->Compute(arguments, state, result); };
}

}  // namespace laminar::expression
