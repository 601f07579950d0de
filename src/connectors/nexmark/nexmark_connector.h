// The nexmark connector: a source of made-up auction events, for demonstrations and benchmarks. See
// README.md beside it.
#ifndef LAMINAR_CONNECTORS_NEXMARK_NEXMARK_CONNECTOR_H_
#define LAMINAR_CONNECTORS_NEXMARK_NEXMARK_CONNECTOR_H_

#include "connectors/api/connector_factory.h"

namespace laminar::connectors {

class NexmarkConnector final : public ConnectorFactory {
 public:
  ConnectorTraits traits() const override;
  std::vector<data::OptionSpec> source_options() const override;
  std::optional<data::Schema> fixed_schema() const override;
  std::optional<std::string> default_event_time() const override { return "datetime"; }
  absl::Status Validate(const data::ConnectorTable& table) const override;
  absl::StatusOr<std::unique_ptr<SourceReader>> MakeSource(SourceContext context) const override;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_NEXMARK_NEXMARK_CONNECTOR_H_
