// A table that lives outside: which connector, with which checked options, in which format, with
// which columns. Made by the catalog from CREATE TABLE (or by the planner from a table function),
// read by connectors. Plain data; any thread when const.
#ifndef LAMINAR_DATA_CONNECTOR_TABLE_H_
#define LAMINAR_DATA_CONNECTOR_TABLE_H_

#include <optional>
#include <string>
#include <vector>

#include "data/options.h"
#include "data/schema.h"

namespace laminar::data {

/// What happens to a record that cannot be decoded.
enum class BadDataPolicy { kFail, kDrop, kDeadLetter };

/// A column that the connector fills from outside the record, such as the file name.
struct MetadataColumn {
  std::string column;
  std::string key;
};

struct ConnectorTable {
  enum class Kind { kSource, kSink, kLookup };
  std::string name;
  std::string connector;
  Kind kind = Kind::kSource;
  /// The connector's own options, and those of its format (by full name, such as
  /// "json.unstructured").
  Options options;
  Options format_options;
  std::string
      format;  // "json", "csv", "parquet", "raw_string", ...; empty where the connector has none
  BadDataPolicy bad_data = BadDataPolicy::kFail;
  std::string dead_letter_path;  // of kDeadLetter: JSON lines file of {error, position, record}
  /// Columns in the order the connector delivers or takes them: physical and metadata columns, no
  /// generated ones, no hidden ones.
  Schema schema;
  std::vector<MetadataColumn> metadata;
  std::vector<std::string> partitioned_by;  // of a sink: PARTITIONED BY columns
  Duration idle_after{300'000'000};         // idle_micros; <= 0: never idle
};

}  // namespace laminar::data

#endif  // LAMINAR_DATA_CONNECTOR_TABLE_H_
