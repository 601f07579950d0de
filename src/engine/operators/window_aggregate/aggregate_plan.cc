#include "engine/operators/window_aggregate/aggregate_plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using expression::BoundAggregate;

// Input columns of a collected call's rows: arguments, then order columns.
std::vector<size_t> CollectedColumns(const BoundAggregate& aggregate) {
  std::vector<size_t> columns = aggregate.arguments;
  columns.insert(columns.end(), aggregate.order_by.begin(), aggregate.order_by.end());
  return columns;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AggregatePlan>>
AggregatePlan::Make(const plan::WindowAggregateSpec& spec, const data::Schema& input, Needs needs) {
  std::unique_ptr<AggregatePlan> plan(new AggregatePlan());
  for (const size_t key : spec.keys) {
    plan->keys_.push_back(input.fields[key]);
    plan->keys_.back().nullable = true;
  }
  plan->num_aggregates_ = spec.aggregates.size();
  const bool global = spec.phase == plan::AggregatePhase::kGlobal;
  for (size_t i = 0; i < spec.aggregates.size(); ++i) {
    plan->result_types_.push_back(spec.aggregates[i].type);
    LAMINAR_RETURN_IF_ERROR(plan->Add(spec.aggregates[i], i, needs, global));
  }
  for (Rows& rows : plan->rows_) {
    for (const size_t column : rows.columns) {
      rows.types.push_back(input.fields[column].type);
    }
  }
  for (Set& set : plan->sets_) {
    for (const size_t column : set.arguments) {
      set.types.push_back(input.fields[column].type);
    }
  }
  if (needs.row_count && !plan->count_star_) {
    plan->rows_column_ = plan->keys_.size() + plan->values_.size();
    plan->maintains_rows_ = true;
    plan->values_.push_back({"_rows", data::LogicalType::BIGINT, false});
  }
  if (!plan->plain()) {
    plan->group_column_ = plan->keys_.size() + plan->values_.size();
    plan->values_.push_back({"_group", data::LogicalType::BIGINT, false});
  }
  for (Native& native : plan->natives_) {
    native.first_column = plan->keys_.size() + plan->values_.size();
    for (data::Field column : native.function->columns()) {
      column.name = "_" + std::to_string(native.output) + "_" + column.name;
      plan->values_.push_back(std::move(column));
    }
  }
  if (needs.row_count && plan->count_star_) {
    plan->rows_column_ = plan->natives_[*plan->count_star_].first_column;
  }
  return plan;
}

absl::Status AggregatePlan::Add(const BoundAggregate& aggregate,
                                size_t output,
                                Needs needs,
                                bool global) {
  const bool distinct = expression::DistinctMatters(aggregate);
  std::unique_ptr<expression::NativeAggregate> native = expression::MakeNativeAggregate(aggregate);
  LAMINAR_ASSERT(!global || (native != nullptr && !distinct), output);
  if (native != nullptr) {
    if (aggregate.name == "count_star" && !aggregate.filter && !count_star_) {
      count_star_ = natives_.size();
    }
    natives_.push_back(
        {.function = std::move(native),
         .arguments = aggregate.arguments,
         .filter = aggregate.filter,
         .set = distinct && needs.sets ? std::optional(SetFor(aggregate)) : std::nullopt,
         .rows = distinct && !needs.sets ? std::optional(RowsFor(aggregate)) : std::nullopt,
         .first_column = 0,
         .output = output});
    return absl::OkStatus();
  }
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<expression::AggregateEvaluator> function,
                           expression::AggregateEvaluator::Make(aggregate));
  Collected collected{.function = std::move(function),
                      .set = {},
                      .rows = {},
                      .distinct = distinct,
                      .columns = {},
                      .output = output};
  if (distinct &&
      std::any_of(aggregate.order_by.begin(), aggregate.order_by.end(), [&](size_t column) {
        return std::find(aggregate.arguments.begin(), aggregate.arguments.end(), column) ==
               aggregate.arguments.end();
      })) {
    return base::InvalidArgument(
        "in a DISTINCT aggregate, ORDER BY expressions must appear in the argument list");
  }
  if (distinct && needs.sets) {
    collected.set = SetFor(aggregate);
  } else {
    collected.rows = RowsFor(aggregate);
  }
  const std::vector<size_t>& available =
      collected.set ? sets_[*collected.set].arguments : rows_[*collected.rows].columns;
  for (const size_t column : CollectedColumns(aggregate)) {
    const auto found = std::find(available.begin(), available.end(), column);
    collected.columns.push_back(static_cast<size_t>(found - available.begin()));
  }
  collected_.push_back(std::move(collected));
  return absl::OkStatus();
}

size_t AggregatePlan::SetFor(const BoundAggregate& aggregate) {
  for (size_t i = 0; i < sets_.size(); ++i) {
    if (sets_[i].arguments == aggregate.arguments && sets_[i].filter == aggregate.filter) {
      return i;
    }
  }
  sets_.push_back({.arguments = aggregate.arguments, .types = {}, .filter = aggregate.filter});
  return sets_.size() - 1;
}

size_t AggregatePlan::RowsFor(const BoundAggregate& aggregate) {
  const std::vector<size_t> columns =
      expression::DistinctMatters(aggregate) ? aggregate.arguments : CollectedColumns(aggregate);
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].columns == columns && rows_[i].filter == aggregate.filter) {
      return i;
    }
  }
  rows_.push_back({.columns = columns, .types = {}, .filter = aggregate.filter});
  return rows_.size() - 1;
}

bool AggregatePlan::subtractable() const {
  return collected_.empty() &&
         std::all_of(natives_.begin(), natives_.end(),
                     [](const Native& native) { return native.function->subtractable(); });
}

void AggregatePlan::Place(const RowLayout& layout) {
  for (const Native& native : natives_) {
    native.function->Place(layout.Fields(native.first_column, native.function->columns().size()));
  }
  if (rows_column_) {
    rows_field_ = layout.field(*rows_column_);
  }
  if (group_column_) {
    group_field_ = layout.field(*group_column_);
  }
}

absl::Status AggregatePlan::Combine(uint8_t* const* sources,
                                    uint8_t* const* targets,
                                    idx_t count,
                                    expression::StateStrings& strings) const {
  if (maintains_rows_) {
    for (idx_t i = 0; i < count; ++i) {
      AddRows(targets[i], LoadRows(sources[i]));
    }
  }
  for (const Native& native : natives_) {
    if (!native.set && !native.rows) {
      LAMINAR_RETURN_IF_ERROR(native.function->Combine(sources, targets, count, strings));
    }
  }
  return absl::OkStatus();
}

absl::Status AggregatePlan::Subtract(uint8_t* const* sources,
                                     uint8_t* const* targets,
                                     idx_t count) const {
  if (maintains_rows_) {
    for (idx_t i = 0; i < count; ++i) {
      AddRows(targets[i], -LoadRows(sources[i]));
    }
  }
  for (const Native& native : natives_) {
    if (!native.set && !native.rows) {
      LAMINAR_RETURN_IF_ERROR(native.function->Subtract(sources, targets, count));
    }
  }
  return absl::OkStatus();
}

absl::Status AggregatePlan::Finalize(uint8_t* const* rows,
                                     idx_t count,
                                     data::Chunk& result,
                                     size_t first) const {
  for (const Native& native : natives_) {
    data::Vector& column = result.column(first + native.output);
    LAMINAR_RETURN_IF_ERROR(native.function->Finalize(rows, count, column, 0));
    OwnText(column, count);
  }
  return absl::OkStatus();
}

void OwnText(data::Vector& vector, idx_t count) {
  if (vector.GetType().InternalType() != duckdb::PhysicalType::VARCHAR) {
    return;
  }
  auto* strings = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
  const duckdb::ValidityMask& validity = duckdb::FlatVector::Validity(vector);
  for (idx_t i = 0; i < count; ++i) {
    if (validity.RowIsValid(i) && !strings[i].IsInlined()) {
      strings[i] = duckdb::StringVector::AddStringOrBlob(vector, strings[i]);
    }
  }
}

}  // namespace laminar::engine
