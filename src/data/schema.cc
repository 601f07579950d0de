#include "data/schema.h"

#include "duckdb/common/string_util.hpp"

#include "base/assert.h"

namespace laminar::data {

std::vector<LogicalType> Schema::Types() const {
  std::vector<LogicalType> types;
  types.reserve(fields.size());
  for (const Field& field : fields) {
    types.push_back(field.type);
  }
  return types;
}

std::vector<std::string> Schema::Names() const {
  std::vector<std::string> names;
  names.reserve(fields.size());
  for (const Field& field : fields) {
    names.push_back(field.name);
  }
  return names;
}

std::optional<size_t> Schema::Find(std::string_view name) const {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (duckdb::StringUtil::CIEquals(fields[i].name, std::string(name))) {
      return i;
    }
  }
  return std::nullopt;
}

void Schema::AddEventTime() {
  LAMINAR_ASSERT(!has_event_time, fields.size());
  fields.push_back({std::string(kEventTimeColumnName), LogicalType::TIMESTAMP, /*nullable=*/false});
  has_event_time = true;
}

std::string Schema::ToString() const {
  std::string text;
  for (const Field& field : fields) {
    if (!text.empty()) {
      text += ", ";
    }
    text += field.name + " " + field.type.ToString();
  }
  return text;
}

}  // namespace laminar::data
