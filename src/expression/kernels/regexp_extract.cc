// regexp_extract(text, 'pattern'[, group]): patterns of a simple form are matched without an
// engine; results are parts of the text.
#include <memory>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/simple_pattern.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {

std::optional<KernelCall> MatchRegexpExtract(const duckdb::Expression& expression) {
  const auto* extract = AsCall(expression, "regexp_extract", 2);
  int64_t group = 0;
  if (extract == nullptr) {
    extract = AsCall(expression, "regexp_extract", 3);
    const std::optional<int64_t> given =
        extract == nullptr ? std::nullopt : AsInteger(*extract->children[2]);
    if (!given) {
      return std::nullopt;
    }
    group = *given;
  }
  const std::optional<std::string> regex = AsText(*extract->children[1]);
  if (!regex || expression.return_type.id() != data::LogicalTypeId::VARCHAR) {
    return std::nullopt;
  }
  std::optional<SimplePattern> pattern = SimplePattern::Parse(*regex);
  if (!pattern || group < 0 || group > pattern->num_groups()) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "regexp_extract";
  call.arguments = {extract->children[0].get()};
  call.compute = [memo = std::make_shared<DictionaryMemo<duckdb::string_t>>(),
                  pattern = std::make_shared<const SimplePattern>(*std::move(pattern)),
                  group = static_cast<int>(group)](std::vector<duckdb::Vector>& arguments,
                                                   data::idx_t count, data::Vector& result) {
    MapSubstrings(
        arguments[0], count, result, *memo, [&](const duckdb::string_t& text, data::Vector&) {
          return StringOf(pattern->Match(ViewOf(text), group).value_or(std::string_view()));
        });
  };
  return call;
}

}  // namespace laminar::expression
