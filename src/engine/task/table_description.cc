#include "engine/task/table_description.h"

#include <vector>

namespace laminar::engine {
namespace {

std::vector<rpc::StateColumn> ColumnsOf(const std::vector<data::Field>& fields) {
  std::vector<rpc::StateColumn> columns;
  columns.reserve(fields.size());
  for (const data::Field& field : fields) {
    columns.push_back(
        {.name = field.name, .type = field.type.ToString(), .nullable = field.nullable});
  }
  return columns;
}

}  // namespace

rpc::TableState DescribeTable(const StateSchema& schema) {
  return {.name = schema.name,
          .version = schema.version,
          .sliced = schema.sliced,
          .keys = ColumnsOf(schema.keys),
          .values = ColumnsOf(schema.values),
          .files = {}};
}

}  // namespace laminar::engine
