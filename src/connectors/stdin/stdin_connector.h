// The stdin connector: a source that reads a pipe or file on standard input. See README.md beside
// it.
#ifndef LAMINAR_CONNECTORS_STDIN_STDIN_CONNECTOR_H_
#define LAMINAR_CONNECTORS_STDIN_STDIN_CONNECTOR_H_

#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

class StdinConnector final : public ConnectorFactory {
 public:
  ConnectorTraits traits() const override;
  std::vector<data::OptionSpec> source_options() const override;
  absl::StatusOr<data::Schema> InferSchema(const data::ConnectorTable& table) const override;
  absl::Status Validate(const data::ConnectorTable& table) const override;
  absl::StatusOr<std::unique_ptr<SourceReader>> MakeSource(SourceContext context) const override;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_STDIN_STDIN_CONNECTOR_H_
