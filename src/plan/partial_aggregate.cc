#include "plan/partial_aggregate.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "expression/aggregate_native.h"

namespace laminar::plan {
namespace {

data::LogicalType SliceType() {
  return data::LogicalType::STRUCT(
      {{"start", data::LogicalType::TIMESTAMP}, {"end", data::LogicalType::TIMESTAMP}});
}

std::unique_ptr<expression::NativeAggregate> NativeOf(const expression::BoundAggregate& aggregate) {
  std::unique_ptr<expression::NativeAggregate> native = expression::MakeNativeAggregate(aggregate);
  LAMINAR_ASSERT(native != nullptr, aggregate.arguments.size());
  return native;
}

}  // namespace

bool CanSplit(const WindowAggregateSpec& spec) {
  if (spec.window && spec.window->kind == WindowSpec::Kind::kSession) {
    return false;
  }
  for (const expression::BoundAggregate& aggregate : spec.aggregates) {
    if (expression::DistinctMatters(aggregate) ||
        expression::MakeNativeAggregate(aggregate) == nullptr) {
      return false;
    }
  }
  return true;
}

data::Schema PartialSchema(const WindowAggregateSpec& spec, const data::Schema& input) {
  data::Schema schema;
  for (const size_t key : spec.keys) {
    schema.fields.push_back(input.fields[key]);
  }
  schema.fields.push_back({"_slice", SliceType(), /*nullable=*/false});
  schema.fields.push_back({"_rows", data::LogicalType::BIGINT, /*nullable=*/false});
  for (size_t i = 0; i < spec.aggregates.size(); ++i) {
    const std::unique_ptr<expression::NativeAggregate> native = NativeOf(spec.aggregates[i]);
    for (const data::Field& column : native->columns()) {
      schema.fields.push_back(
          {"_" + std::to_string(i) + "_" + column.name, column.type, column.nullable});
    }
  }
  schema.AddEventTime();
  return schema;
}

WindowAggregateSpec LocalSpec(const WindowAggregateSpec& spec) {
  WindowAggregateSpec local = spec;
  local.phase = AggregatePhase::kLocal;
  return local;
}

WindowAggregateSpec GlobalSpec(const WindowAggregateSpec& spec) {
  WindowAggregateSpec global = spec;
  global.phase = AggregatePhase::kGlobal;
  for (size_t i = 0; i < spec.keys.size(); ++i) {
    global.keys[i] = i;
  }
  global.window_column = spec.keys.size();
  size_t next = spec.keys.size() + 2;  // after the slice and the number of rows
  for (expression::BoundAggregate& aggregate : global.aggregates) {
    const size_t num_columns = NativeOf(aggregate)->columns().size();
    aggregate.arguments.clear();
    for (size_t i = 0; i < num_columns; ++i) {
      aggregate.arguments.push_back(next++);
    }
    if (aggregate.filter.has_value() && aggregate.name == "count_star") {
      aggregate.name = "count";  // not of all rows, which is what tells whether a group is there
      aggregate.argument_types = {data::LogicalType::BIGINT};
    }
    aggregate.filter.reset();
  }
  return global;
}

}  // namespace laminar::plan
