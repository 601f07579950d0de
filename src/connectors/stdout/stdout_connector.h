// The stdout connector: a sink that prints rows. See README.md beside it.
#ifndef LAMINAR_CONNECTORS_STDOUT_STDOUT_CONNECTOR_H_
#define LAMINAR_CONNECTORS_STDOUT_STDOUT_CONNECTOR_H_

#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

class StdoutConnector final : public ConnectorFactory {
 public:
  ConnectorTraits traits() const override;
  std::vector<data::OptionSpec> sink_options() const override;
  absl::Status Validate(const data::ConnectorTable& table) const override;
  absl::StatusOr<std::unique_ptr<SinkWriter>> MakeSink(SinkContext context) const override;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_STDOUT_STDOUT_CONNECTOR_H_
