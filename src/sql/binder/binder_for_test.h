// Connectors and formats that tests of sql bind against: nothing behind them runs. Test programs
// only.
#ifndef LAMINAR_SQL_BINDER_BINDER_FOR_TEST_H_
#define LAMINAR_SQL_BINDER_BINDER_FOR_TEST_H_

#include <string>
#include <string_view>

#include "sql/binder/program.h"

namespace laminar::sql {

/// Registries with connectors `impulse` (fixed columns counter, subtask_index; option event_rate),
/// `bids` (fixed columns auction, bidder, price, channel, ts with ts as event time), `file` (source
/// and sink with formats json and csv; options path, rolling; metadata `filename`; infers columns a
/// BIGINT, b VARCHAR), `null` (sink), and format `json` (option json.unstructured), `csv`.
const connectors::ConnectorRegistry& ConnectorsForTest();
const formats::FormatRegistry& FormatsForTest();

/// Binds with those registries and the default sink `null`.
BindResult BindForTest(std::string_view text, std::map<std::string, std::string> variables = {});

/// Every diagnostic as `LINE:COLUMN CODE message | hint`, one a line.
std::string DiagnosticsForTest(std::string_view text, const BindResult& result);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_BINDER_FOR_TEST_H_
