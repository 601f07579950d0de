#include "expression/aggregate_native.h"

#include <map>
#include <string>
#include <string_view>

#include "duckdb/planner/expression/bound_aggregate_expression.hpp"

#include "expression/aggregate_families.h"

namespace laminar::expression {

bool IsPlainValue(const data::LogicalType& type) {
  switch (type.id()) {
    case data::LogicalTypeId::BOOLEAN:
    case data::LogicalTypeId::TINYINT:
    case data::LogicalTypeId::SMALLINT:
    case data::LogicalTypeId::INTEGER:
    case data::LogicalTypeId::BIGINT:
    case data::LogicalTypeId::HUGEINT:
    case data::LogicalTypeId::UTINYINT:
    case data::LogicalTypeId::USMALLINT:
    case data::LogicalTypeId::UINTEGER:
    case data::LogicalTypeId::UBIGINT:
    case data::LogicalTypeId::UHUGEINT:
    case data::LogicalTypeId::FLOAT:
    case data::LogicalTypeId::DOUBLE:
    case data::LogicalTypeId::DECIMAL:
    case data::LogicalTypeId::DATE:
    case data::LogicalTypeId::TIME:
    case data::LogicalTypeId::TIMESTAMP:
    case data::LogicalTypeId::TIMESTAMP_SEC:
    case data::LogicalTypeId::TIMESTAMP_MS:
    case data::LogicalTypeId::TIMESTAMP_NS:
    case data::LogicalTypeId::TIMESTAMP_TZ:
    case data::LogicalTypeId::INTERVAL:
    case data::LogicalTypeId::UUID:
    case data::LogicalTypeId::BLOB:
      return true;
    case data::LogicalTypeId::VARCHAR:
      return duckdb::StringType::GetCollation(type).empty();
    default:
      return false;
  }
}

std::unique_ptr<NativeAggregate> MakeNativeAggregate(const BoundAggregate& aggregate) {
  if (aggregate.ordered()) {
    return nullptr;
  }
  using Family = std::unique_ptr<NativeAggregate> (*)(const std::string&, const ArgumentTypes&);
  for (const Family family :
       {MakeCount, MakeSum, MakeExtreme, MakeArgExtreme, MakeFirst, MakeLogic, MakeMoments}) {
    if (auto native = family(aggregate.name, aggregate.argument_types)) {
      return native;
    }
  }
  return nullptr;
}

bool DistinctMatters(const BoundAggregate& aggregate) {
  // With so many arguments; with one more they are lists of the n best, of which equal ones count.
  static const std::map<std::string_view, size_t> indifferent = {
      {"min", 1},       {"max", 1},          {"first", 1},        {"arbitrary", 1}, {"last", 1},
      {"any_value", 1}, {"bool_and", 1},     {"bool_or", 1},      {"bit_and", 1},   {"bit_or", 1},
      {"arg_min", 2},   {"arg_max", 2},      {"argmin", 2},       {"argmax", 2},    {"min_by", 2},
      {"max_by", 2},    {"arg_min_null", 2}, {"arg_max_null", 2},
  };
  const auto found = indifferent.find(aggregate.name);
  return aggregate.distinct &&
         (found == indifferent.end() || aggregate.arguments.size() != found->second);
}

}  // namespace laminar::expression
