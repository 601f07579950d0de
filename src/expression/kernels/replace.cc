// replace(text, 'from', 'to'): texts without an occurrence are passed on as they are; the others
// are put together in one pass.
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/string_search.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {

std::optional<KernelCall> MatchReplace(const duckdb::Expression& expression) {
  const auto* replace = AsCall(expression, "replace", 3);
  if (replace == nullptr) {
    return std::nullopt;
  }
  std::optional<std::string> from = AsText(*replace->children[1]);
  std::optional<std::string> to = AsText(*replace->children[2]);
  if (!from || !to || from->empty()) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "replace";
  call.arguments = {replace->children[0].get()};
  call.compute = [memo = std::make_shared<DictionaryMemo<duckdb::string_t>>(),
                  from = *std::move(from), to = *std::move(to),
                  buffer = std::make_shared<std::string>()](std::vector<duckdb::Vector>& arguments,
                                                            data::idx_t count,
                                                            data::Vector& result) {
    MapSubstrings(arguments[0], count, result, *memo,
                  [&](const duckdb::string_t& input, data::Vector& holder) {
                    const std::string_view text = ViewOf(input);
                    size_t at = FindText(text, from, 0);
                    if (at == kNotFound) {
                      return input;
                    }
                    buffer->clear();
                    size_t start = 0;
                    for (; at != kNotFound; at = FindText(text, from, start)) {
                      buffer->append(text, start, at - start).append(to);
                      start = at + from.size();
                    }
                    buffer->append(text, start);
                    return duckdb::StringVector::AddString(holder, buffer->data(), buffer->size());
                  });
  };
  return call;
}

}  // namespace laminar::expression
