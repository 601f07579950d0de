// The blackhole connector: a sink that reads every value and forgets it. See README.md beside it.
#ifndef LAMINAR_CONNECTORS_BLACKHOLE_BLACKHOLE_CONNECTOR_H_
#define LAMINAR_CONNECTORS_BLACKHOLE_BLACKHOLE_CONNECTOR_H_

#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

class BlackholeConnector final : public ConnectorFactory {
 public:
  ConnectorTraits traits() const override;
  absl::StatusOr<std::unique_ptr<SinkWriter>> MakeSink(SinkContext context) const override;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_BLACKHOLE_BLACKHOLE_CONNECTOR_H_
