#include "engine/state/state_table.h"

namespace laminar::engine {

data::Schema StateTable::ChangeSchema() const {
  data::Schema schema = SnapshotSchema();
  schema.fields.insert(schema.fields.begin(),
                       {"_change", data::LogicalType::TINYINT, /*nullable=*/false});
  return schema;
}

data::Schema MakeSnapshotSchema(const StateSchema& schema) {
  data::Schema result;
  result.fields.push_back({"_key_group", data::LogicalType::INTEGER, false});
  if (schema.sliced) {
    result.fields.push_back({"_start", data::LogicalType::BIGINT, false});
    result.fields.push_back({"_end", data::LogicalType::BIGINT, false});
  }
  for (const data::Field& column : schema.keys) {
    result.fields.push_back(column);
  }
  for (const data::Field& column : schema.values) {
    result.fields.push_back(column);
  }
  return result;
}

}  // namespace laminar::engine
