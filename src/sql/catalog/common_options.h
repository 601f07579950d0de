// The options of WITH that belong to no connector and no format: every table takes them. Static;
// any thread.
#ifndef LAMINAR_SQL_CATALOG_COMMON_OPTIONS_H_
#define LAMINAR_SQL_CATALOG_COMMON_OPTIONS_H_

#include <vector>

#include "data/connector_table.h"
#include "data/options.h"

namespace laminar::sql {

/// `has_format`: the connector takes a format, and with it the options about records.
std::vector<data::OptionSpec> CommonOptions(data::ConnectorTable::Kind kind, bool has_format);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_COMMON_OPTIONS_H_
