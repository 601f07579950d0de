// ColumnText: what a column of a stream holds, said in columns of tables and of operators, whatever
// projections lie between: `{s}.price:DECIMAL(10,2) * 2`. Two columns with the same text are the
// same for a semantic fingerprint. Plain data, and pure functions; any thread.
#ifndef LAMINAR_PLAN_COLUMN_TEXT_H_
#define LAMINAR_PLAN_COLUMN_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/schema.h"
#include "expression/bound_expression.h"

namespace laminar::plan {

struct ColumnText {
  std::string text;
  /// It is a column of a table or an operator as it is: its type is not part of the text, and may
  /// be another one in another version of the program.
  bool plain = false;
};

/// Column `name` of what has the identity `rows`.
ColumnText PlainColumn(uint64_t rows, std::string_view name);

/// An expression over `inputs`, whose types are those of `schema`; with their texts in the place of
/// references, so that it does not matter in how many steps it is computed.
ColumnText TextOf(const expression::BoundExpression& expression,
                  const std::vector<ColumnText>& inputs,
                  const data::Schema& schema);

/// The text of a column together with its type.
std::string TypedText(const ColumnText& column, const data::LogicalType& type);

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_COLUMN_TEXT_H_
