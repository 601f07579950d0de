#include "expression/aggregate_native.h"

#include <set>
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
  static const std::set<std::string_view> indifferent = {
      "min",      "max",     "first",        "arbitrary",    "last",    "any_value",
      "bool_and", "bool_or", "bit_and",      "bit_or",       "arg_min", "arg_max",
      "argmin",   "argmax",  "arg_min_null", "arg_max_null", "min_by",  "max_by"};
  return aggregate.distinct && !indifferent.contains(aggregate.name);
}

}  // namespace laminar::expression
