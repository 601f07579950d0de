// length(text) - length(replace(text, 'c', '')), the usual way to count a character, without making
// the text in between.
#include <memory>
#include <string>

#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/string_search.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {
namespace {

const duckdb::BoundFunctionExpression* AsLength(const duckdb::Expression& expression) {
  for (const char* name : {"length", "len", "char_length", "character_length"}) {
    if (const auto* call = AsCall(expression, name, 1)) {
      return call;
    }
  }
  return nullptr;
}

}  // namespace

std::optional<KernelCall> MatchCountCharacter(const duckdb::Expression& expression) {
  const auto* difference = AsCall(expression, "-", 2);
  if (difference == nullptr || expression.return_type != data::LogicalType::BIGINT) {
    return std::nullopt;
  }
  const auto* whole = AsLength(*difference->children[0]);
  const auto* rest = AsLength(*difference->children[1]);
  const auto* replace = rest == nullptr ? nullptr : AsCall(*rest->children[0], "replace", 3);
  if (whole == nullptr || replace == nullptr ||
      whole->children[0]->return_type.id() != data::LogicalTypeId::VARCHAR ||
      whole->children[0]->IsVolatile() || !whole->children[0]->Equals(*replace->children[0])) {
    return std::nullopt;
  }
  const std::optional<std::string> character = AsText(*replace->children[1]);
  if (!character || character->size() != 1 || AsText(*replace->children[2]) != "") {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "count_character";
  call.arguments = {whole->children[0].get()};
  call.compute = [memo = std::make_shared<DictionaryMemo<int64_t>>(), byte = (*character)[0]](
                     std::vector<duckdb::Vector>& arguments, data::idx_t count,
                     data::Vector& result) {
    MapStrings<int64_t>(arguments[0], count, result, *memo,
                        [byte](const duckdb::string_t& text, data::Vector&) {
                          return static_cast<int64_t>(CountByte(ViewOf(text), byte));
                        });
  };
  return call;
}

}  // namespace laminar::expression
