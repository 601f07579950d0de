// What streams cannot do, or not yet: each kind of operator has its code, its reason and a remedy.
#include <string>

#include "duckdb/planner/logical_operator.hpp"

#include "sql/planner/query_planner.h"

namespace laminar::sql {
namespace {

struct Refusal {
  const char* code;
  const char* message;
  const char* hint;
};

Refusal RefusalOf(duckdb::LogicalOperatorType type) {
  using Type = duckdb::LogicalOperatorType;
  switch (type) {
    case Type::LOGICAL_ORDER_BY:
      return {"LM1304", "ORDER BY of a whole stream never ends: there is no last row",
              "rank rows within a window instead: ROW_NUMBER() OVER (PARTITION BY window ORDER BY "
              "...)"};
    case Type::LOGICAL_LIMIT:
    case Type::LOGICAL_TOP_N:
      return {
          "LM1305", "LIMIT on a stream is not supported yet",
          "for the best rows of each window use ROW_NUMBER() OVER (PARTITION BY window ORDER BY "
          "...) <= n; to stop early use the option --limit of `laminar run`"};
    case Type::LOGICAL_EXCEPT:
      return {"LM1307", "EXCEPT on streams is not supported yet",
              "use an anti join of two windowed queries: WHERE NOT EXISTS with equal windows"};
    case Type::LOGICAL_INTERSECT:
      return {"LM1307", "INTERSECT on streams is not supported yet",
              "use a semi join of two windowed queries: WHERE EXISTS with equal windows"};
    case Type::LOGICAL_RECURSIVE_CTE:
      return {"LM1308", "recursive CTEs do not end on a stream", ""};
    case Type::LOGICAL_ASOF_JOIN:
      return {"LM1317", "ASOF joins are not supported yet", "join both sides in equal windows"};
    case Type::LOGICAL_POSITIONAL_JOIN:
      return {"LM1317", "rows of a stream have no position to join by", "join on equal columns"};
    case Type::LOGICAL_DELIM_JOIN:
    case Type::LOGICAL_DEPENDENT_JOIN:
      return {"LM1312", "this correlated subquery is not supported on streams",
              "write it as a join with a windowed aggregate on equal windows"};
    case Type::LOGICAL_DUMMY_SCAN:
    case Type::LOGICAL_EXPRESSION_GET:
    case Type::LOGICAL_CHUNK_GET:
      return {"LM1311", "this query reads no stream", "select FROM a table of the program"};
    case Type::LOGICAL_SAMPLE:
      return {"LM1318", "USING SAMPLE is not supported on streams", "use WHERE random() < 0.1"};
    case Type::LOGICAL_PIVOT:
      return {"LM1318", "PIVOT is not supported on streams",
              "use aggregates with FILTER (WHERE ...) in a windowed GROUP BY"};
    default:
      return {nullptr, nullptr, ""};
  }
}

}  // namespace

QueryPlanner::Result QueryPlanner::RefuseOperator(duckdb::LogicalOperator& op) {
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_DELIM_GET) {
    return std::nullopt;  // the correlated join above has told it
  }
  const Refusal refusal = RefusalOf(op.type);
  if (refusal.code == nullptr) {
    return Refuse("LM1318", SpanOf(op), "not supported on streams: " + op.GetName());
  }
  // A correlated join is told where its statement is: what is below may come from a view.
  const bool is_correlated = op.type == duckdb::LogicalOperatorType::LOGICAL_DELIM_JOIN;
  Refuse(refusal.code, is_correlated ? base::SourceSpan{} : SpanOf(op), refusal.message,
         refusal.hint);
  // What is below may have errors of its own.
  for (const auto& child : op.children) {
    Plan(*child);
  }
  return std::nullopt;
}

}  // namespace laminar::sql
