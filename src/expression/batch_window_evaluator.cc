#include "expression/batch_window_evaluator.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/common/types/column/column_data_collection.hpp"
#include "duckdb/main/client_config.hpp"
#include "duckdb/parser/statement/logical_plan_statement.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression/bound_window_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_column_data_get.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"
#include "duckdb/planner/operator/logical_window.hpp"

#include "base/assert.h"
#include "expression/duckdb_instance.h"
#include "expression/evaluation_error.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using data::LogicalType;
using data::Vector;

// Table indexes of the plan.
constexpr idx_t kRows = 0;
constexpr idx_t kWindow = 1;
constexpr idx_t kResult = 2;

duckdb::unique_ptr<duckdb::Expression> Reference(const LogicalType& type,
                                                 idx_t table,
                                                 idx_t column) {
  return duckdb::make_uniq<duckdb::BoundColumnRefExpression>(type,
                                                             duckdb::ColumnBinding(table, column));
}

// Calls `visit` with every reference to an input column.
void VisitReferences(duckdb::unique_ptr<duckdb::Expression>& expression,
                     const std::function<void(duckdb::unique_ptr<duckdb::Expression>&)>& visit) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    visit(expression);
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression,
      [&](duckdb::unique_ptr<duckdb::Expression>& child) { VisitReferences(child, visit); });
}

bool IsColumn(const duckdb::Expression& expression, size_t column) {
  return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF &&
         expression.Cast<duckdb::BoundReferenceExpression>().index == column;
}

void RemovePartition(duckdb::BoundWindowExpression& call, size_t column) {
  for (idx_t i = call.partitions.size(); i-- > 0;) {
    if (IsColumn(*call.partitions[i], column)) {
      call.partitions.erase_at(i);
    }
  }
}

idx_t CountRows(const std::vector<data::Chunk>& chunks) {
  idx_t num_rows = 0;
  for (const data::Chunk& chunk : chunks) {
    num_rows += chunk.num_rows();
  }
  return num_rows;
}

}  // namespace

// The columns that DuckDB gets: those that the calls read, then the row's position, then its group.
struct BatchWindowEvaluator::State {
  State(const std::vector<BoundExpression>& bound_calls,
        const std::vector<LogicalType>& input_types,
        size_t window_column,
        const std::vector<size_t>& partition_by) {
    std::set<size_t> used;
    for (const BoundExpression& call : bound_calls) {
      LAMINAR_ASSERT(call.get().GetExpressionClass() == duckdb::ExpressionClass::BOUND_WINDOW,
                     calls.size());
      call_types.push_back(call.type());
      calls.push_back(call.get().Copy());
      auto& window = calls.back()->Cast<duckdb::BoundWindowExpression>();
      // A group has one value of the window column: partitioning by it does nothing.
      RemovePartition(window, window_column);
      for (const size_t column : partition_by) {
        RemovePartition(window, column);
        window.partitions.push_back(duckdb::make_uniq<duckdb::BoundReferenceExpression>(
            input_types[column], static_cast<duckdb::storage_t>(column)));
      }
      // Statistics go by position; without them partitions are hashed, which is always right.
      window.partitions_stats.clear();
      VisitReferences(calls.back(), [&used](duckdb::unique_ptr<duckdb::Expression>& reference) {
        used.insert(reference->Cast<duckdb::BoundReferenceExpression>().index);
      });
    }
    columns.assign(used.begin(), used.end());
    for (const size_t column : columns) {
      types.push_back(input_types[column]);
    }
    for (auto& call : calls) {
      VisitReferences(call, [this](duckdb::unique_ptr<duckdb::Expression>& reference) {
        const size_t column = reference->Cast<duckdb::BoundReferenceExpression>().index;
        const auto at = std::lower_bound(columns.begin(), columns.end(), column);
        reference = Reference(reference->return_type, kRows, at - columns.begin());
      });
    }
    position_column = types.size();
    types.push_back(LogicalType::BIGINT);
    group_column = types.size();
    types.push_back(LogicalType::INTEGER);
  }

  duckdb::ClientContext& Context() {
    if (connection == nullptr) {
      connection = std::make_unique<duckdb::Connection>(DuckDbInstance());
      // The plan is as it should be; what the optimiser could find is not worth its time for every
      // window.
      duckdb::ClientConfig::GetConfig(*connection->context).enable_optimizer = false;
    }
    return *connection->context;
  }

  duckdb::unique_ptr<duckdb::ColumnDataCollection> Collect(const std::vector<data::Chunk>& rows,
                                                           const std::vector<int32_t>& groups) {
    auto collection = duckdb::make_uniq<duckdb::ColumnDataCollection>(
        duckdb::Allocator::DefaultAllocator(), types);
    duckdb::ColumnDataAppendState append;
    collection->InitializeAppend(append);
    int64_t position = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      duckdb::DataChunk chunk;
      chunk.InitializeEmpty(types);
      for (size_t column = 0; column < columns.size(); ++column) {
        chunk.data[column].Reference(rows[i].column(columns[column]));
      }
      const idx_t num_rows = rows[i].num_rows();
      Vector positions(LogicalType::BIGINT, num_rows);
      positions.Sequence(position, 1, num_rows);
      chunk.data[position_column].Reference(positions);
      chunk.data[group_column].Reference(data::Value::INTEGER(groups[i]));
      chunk.SetCardinality(num_rows);
      collection->Append(append, chunk);
      position += static_cast<int64_t>(num_rows);
    }
    return collection;
  }

  duckdb::unique_ptr<duckdb::LogicalOperator> MakePlan(
      duckdb::unique_ptr<duckdb::ColumnDataCollection> collection,
      bool has_groups) {
    auto window = duckdb::make_uniq<duckdb::LogicalWindow>(kWindow);
    auto result_columns = duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>();
    result_columns.push_back(Reference(LogicalType::BIGINT, kRows, position_column));
    for (const auto& call : calls) {
      auto copy = call->Copy();
      if (has_groups) {
        copy->Cast<duckdb::BoundWindowExpression>().partitions.push_back(
            Reference(LogicalType::INTEGER, kRows, group_column));
      }
      result_columns.push_back(Reference(copy->return_type, kWindow, window->expressions.size()));
      window->expressions.push_back(std::move(copy));
    }
    window->children.push_back(
        duckdb::make_uniq<duckdb::LogicalColumnDataGet>(kRows, types, std::move(collection)));
    auto result = duckdb::make_uniq<duckdb::LogicalProjection>(kResult, std::move(result_columns));
    result->children.push_back(std::move(window));
    result->ResolveOperatorTypes();
    return result;
  }

  // Puts results, which come in any order and begin with the row's position, into the order of
  // `rows`.
  std::vector<data::Chunk> Arrange(duckdb::QueryResult& result,
                                   const std::vector<data::Chunk>& rows) {
    const idx_t num_rows = CountRows(rows);
    std::vector<Vector> values;
    values.reserve(call_types.size());
    for (const LogicalType& type : call_types) {
      values.emplace_back(type, num_rows);
    }
    std::vector<idx_t> result_of_row(num_rows);
    idx_t num_results = 0;
    while (auto chunk = result.Fetch()) {
      const idx_t count = chunk->size();
      LAMINAR_ASSERT(num_results + count <= num_rows, num_results + count);
      chunk->data[0].Flatten(count);
      const auto* positions = duckdb::FlatVector::GetData<int64_t>(chunk->data[0]);
      for (idx_t i = 0; i < count; ++i) {
        result_of_row[positions[i]] = num_results + i;
      }
      for (size_t i = 0; i < values.size(); ++i) {
        duckdb::VectorOperations::Copy(chunk->data[i + 1], values[i], count, 0, num_results);
      }
      num_results += count;
    }
    if (result.HasError()) {
      result.ThrowError();
    }
    LAMINAR_ASSERT(num_results == num_rows, num_results);
    std::vector<data::Chunk> arranged;
    idx_t position = 0;
    for (const data::Chunk& chunk : rows) {
      const idx_t count = chunk.num_rows();
      data::SelectionVector selection(count);
      for (idx_t i = 0; i < count; ++i) {
        selection.set_index(i, result_of_row[position + i]);
      }
      position += count;
      data::Chunk& out = arranged.emplace_back(data::Chunk::Shell(call_types));
      out.set_num_rows(count);
      for (size_t i = 0; i < values.size(); ++i) {
        out.column(i).Slice(values[i], selection, count);
      }
    }
    return arranged;
  }

  std::vector<duckdb::unique_ptr<duckdb::Expression>> calls;  // over the columns below
  std::vector<LogicalType> call_types;
  std::vector<size_t> columns;  // of the input, ascending
  duckdb::vector<LogicalType> types;
  idx_t position_column = 0;
  idx_t group_column = 0;
  std::unique_ptr<duckdb::Connection> connection;
};

BatchWindowEvaluator::BatchWindowEvaluator(std::vector<BoundExpression> calls,
                                           std::vector<LogicalType> input_types,
                                           size_t window_column,
                                           std::vector<size_t> partition_by)
    : state_(std::make_unique<State>(calls, input_types, window_column, partition_by)) {}

BatchWindowEvaluator::~BatchWindowEvaluator() = default;

absl::StatusOr<std::vector<data::Chunk>> BatchWindowEvaluator::Evaluate(
    const std::vector<data::Chunk>& rows,
    const std::vector<int32_t>& groups) {
  LAMINAR_ASSERT(rows.size() == groups.size(), groups.size());
  if (rows.empty()) {
    return std::vector<data::Chunk>();
  }
  try {
    const bool has_groups =
        std::adjacent_find(groups.begin(), groups.end(), std::not_equal_to<>()) != groups.end();
    auto plan = state_->MakePlan(state_->Collect(rows, groups), has_groups);
    auto statement = duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(plan));
    const auto result =
        state_->Context().Query(std::move(statement), /*allow_stream_result=*/false);
    if (result->HasError()) {
      result->ThrowError();
    }
    return state_->Arrange(*result, rows);
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
}

}  // namespace laminar::expression
