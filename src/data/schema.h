// The columns of a stream. A stream that carries event time has it as its last column, named
// "_timestamp", type TIMESTAMP, hidden from users: operators pass it on, SELECT * does not show it.
// Plain data; any thread when const.
#ifndef LAMINAR_DATA_SCHEMA_H_
#define LAMINAR_DATA_SCHEMA_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/vector.h"

namespace laminar::data {

inline constexpr std::string_view kEventTimeColumnName = "_timestamp";

struct Field {
  std::string name;
  LogicalType type;
  bool nullable = true;
};

struct Schema {
  /// All columns in order, the hidden event-time column included as the last one where
  /// has_event_time is set.
  std::vector<Field> fields;
  bool has_event_time = false;

  size_t num_columns() const { return fields.size(); }
  /// Columns that users see.
  size_t num_visible_columns() const { return fields.size() - (has_event_time ? 1 : 0); }
  /// REQUIRES: has_event_time.
  size_t event_time_index() const { return fields.size() - 1; }

  std::vector<LogicalType> Types() const;
  std::vector<std::string> Names() const;
  /// Finds by name without regard to case; nullopt when absent.
  std::optional<size_t> Find(std::string_view name) const;
  /// Appends the hidden event-time column. REQUIRES: !has_event_time.
  void AddEventTime();
  /// `name TYPE, name TYPE`, for messages and plans.
  std::string ToString() const;
};

}  // namespace laminar::data

#endif  // LAMINAR_DATA_SCHEMA_H_
