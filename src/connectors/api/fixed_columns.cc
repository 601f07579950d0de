#include "connectors/api/fixed_columns.h"

#include <fmt/format.h>

namespace laminar::connectors {

absl::Status CheckFixedColumns(std::string_view connector,
                               const data::Schema& fixed,
                               const data::Schema& declared) {
  for (size_t i = 0; i < declared.num_visible_columns(); ++i) {
    const data::Field& field = declared.fields[i];
    const auto known = fixed.Find(field.name);
    if (!known.has_value()) {
      return base::InvalidArgument(fmt::format("connector {} has no column {}; its columns are {}",
                                               connector, field.name, fixed.ToString()));
    }
    if (field.type != fixed.fields[*known].type) {
      return base::InvalidArgument(
          fmt::format("column {} of connector {} is of type {}, not {}", field.name, connector,
                      fixed.fields[*known].type.ToString(), field.type.ToString()));
    }
  }
  return absl::OkStatus();
}

}  // namespace laminar::connectors
