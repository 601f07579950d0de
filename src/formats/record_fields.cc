#include "formats/record_fields.h"

#include <algorithm>

namespace laminar::formats {

bool IsMetadataColumn(const data::ConnectorTable& table, const std::string& column) {
  return std::any_of(table.metadata.begin(), table.metadata.end(),
                     [&](const data::MetadataColumn& known) { return known.column == column; });
}

RecordFields RecordFieldsOf(const data::ConnectorTable& table, const std::vector<size_t>& columns) {
  RecordFields result;
  std::vector<size_t> place_of_column(table.schema.num_columns(), 0);
  for (size_t i = 0; i < table.schema.num_visible_columns(); ++i) {
    if (!IsMetadataColumn(table, table.schema.fields[i].name)) {
      place_of_column[i] = result.fields.size();
      result.fields.push_back(table.schema.fields[i]);
    }
  }
  for (const size_t column : columns) {
    result.wanted.push_back(place_of_column[column]);
  }
  return result;
}

}  // namespace laminar::formats
