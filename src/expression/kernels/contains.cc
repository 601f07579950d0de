// contains(text, 'part'), which LIKE '%part%' is turned into.
#include <memory>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/string_search.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {

std::optional<KernelCall> MatchContains(const duckdb::Expression& expression) {
  const auto* contains = AsCall(expression, "contains", 2);
  if (contains == nullptr ||
      contains->children[0]->return_type.id() != data::LogicalTypeId::VARCHAR) {
    return std::nullopt;
  }
  std::optional<std::string> part = AsText(*contains->children[1]);
  if (!part || part->empty()) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "contains";
  call.arguments = {contains->children[0].get()};
  call.compute = [memo = std::make_shared<DictionaryMemo<bool>>(), part = *std::move(part)](
                     std::vector<duckdb::Vector>& arguments, data::idx_t count,
                     data::Vector& result) {
    MapStrings<bool>(arguments[0], count, result, *memo,
                     [&](const duckdb::string_t& text, data::Vector&) {
                       return FindText(ViewOf(text), part, 0) != kNotFound;
                     });
  };
  return call;
}

}  // namespace laminar::expression
