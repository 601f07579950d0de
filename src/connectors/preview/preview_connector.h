// The preview connector: a sink that hands rows to the application that runs the job. See README.md
// beside it.
#ifndef LAMINAR_CONNECTORS_PREVIEW_PREVIEW_CONNECTOR_H_
#define LAMINAR_CONNECTORS_PREVIEW_PREVIEW_CONNECTOR_H_

#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

class PreviewConnector final : public ConnectorFactory {
 public:
  ConnectorTraits traits() const override;
  std::vector<data::OptionSpec> sink_options() const override;
  absl::StatusOr<std::unique_ptr<SinkWriter>> MakeSink(SinkContext context) const override;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_PREVIEW_PREVIEW_CONNECTOR_H_
