// The filesystem connector: a source of local files, and a sink that writes rolling, partitioned
// files. See README.md beside it.
#ifndef LAMINAR_CONNECTORS_FILESYSTEM_FILESYSTEM_CONNECTOR_H_
#define LAMINAR_CONNECTORS_FILESYSTEM_FILESYSTEM_CONNECTOR_H_

#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

class FilesystemConnector final : public ConnectorFactory {
 public:
  ConnectorTraits traits() const override;
  std::vector<data::OptionSpec> source_options() const override;
  std::vector<data::OptionSpec> sink_options() const override;
  std::vector<MetadataField> metadata_fields() const override;
  absl::StatusOr<data::Schema> InferSchema(const data::ConnectorTable& table) const override;
  absl::Status Validate(const data::ConnectorTable& table) const override;
  std::vector<std::string> InputFiles(const data::ConnectorTable& table) const override;
  base::Outcome Commit(const data::ConnectorTable& table, const std::string& commit) const override;
  absl::Status RemoveLeftovers(const data::ConnectorTable& table,
                               const SinkIdentity& identity,
                               const std::vector<SinkSnapshot>& snapshots) const override;
  absl::StatusOr<std::unique_ptr<SourceReader>> MakeSource(SourceContext context) const override;
  absl::StatusOr<std::unique_ptr<SinkWriter>> MakeSink(SinkContext context) const override;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_FILESYSTEM_FILESYSTEM_CONNECTOR_H_
