// From the options of a table, as written, to the checked ConnectorTable that a connector
// understands. Used for CREATE TABLE and for connectors in FROM.
#ifndef LAMINAR_SQL_BINDER_TABLE_RESOLVER_H_
#define LAMINAR_SQL_BINDER_TABLE_RESOLVER_H_

#include <optional>
#include <string>
#include <vector>

#include "connectors/api/connector_factory.h"
#include "data/connector_table.h"
#include "formats/format_registry.h"
#include "sql/binder/diagnostic_error.h"

namespace laminar::sql {

struct TableRequest {
  std::string name;
  base::SourceSpan span;  // where errors about the table as a whole are shown
  data::OptionMap options;
  /// What the statements around it need; the `type` option and the connector's abilities decide
  /// otherwise.
  std::optional<data::ConnectorTable::Kind> wanted;
};

struct ResolvedTable {
  data::ConnectorTable table;  // without columns
  const connectors::ConnectorFactory* connector = nullptr;
  const formats::FormatFactory* format = nullptr;  // null where the connector has none
  std::optional<std::string> event_time_field;
  std::optional<std::string> watermark_field;
};

class TableResolver {
 public:
  TableResolver(const connectors::ConnectorRegistry& connectors,
                const formats::FormatRegistry& formats)
      : connectors_(connectors), formats_(formats) {}

  /// Checks connector, type, format and every option. Errors go to `diagnostics`; nullopt when
  /// there was any.
  std::optional<ResolvedTable> Resolve(const TableRequest& request,
                                       std::vector<base::Diagnostic>& diagnostics) const;

  /// Fills the columns of a source that declares none: fixed or inferred. Throws DiagnosticError.
  /// BLOCKS: reads the input.
  void InferColumns(ResolvedTable& table, base::SourceSpan span) const;

  /// Lets the connector and the format check the finished table. Throws DiagnosticError, at the
  /// option that the message names.
  void Validate(const ResolvedTable& table,
                const data::OptionMap& given,
                base::SourceSpan span) const;

 private:
  const connectors::ConnectorFactory& FindConnector(const TableRequest& request) const;
  const formats::FormatFactory* FindFormat(const TableRequest& request,
                                           const connectors::ConnectorTraits& traits) const;

  const connectors::ConnectorRegistry& connectors_;
  const formats::FormatRegistry& formats_;
};

/// ", "-separated.
std::string JoinNames(const std::vector<std::string>& names);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_TABLE_RESOLVER_H_
