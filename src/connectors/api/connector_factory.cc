#include "connectors/api/connector_factory.h"

#include <utility>

namespace laminar::connectors {

absl::StatusOr<data::Schema> ConnectorFactory::InferSchema(
    const data::ConnectorTable& table) const {
  return base::InvalidArgument("columns must be declared: this connector cannot infer them: " +
                               table.connector);
}

absl::StatusOr<std::unique_ptr<SourceReader>> ConnectorFactory::MakeSource(
    SourceContext context) const {
  const SourceContext refused = std::move(context);
  return base::InvalidArgument("connector cannot be a source: " + traits().name + ": table " +
                               refused.table.name);
}

absl::StatusOr<std::unique_ptr<SinkWriter>> ConnectorFactory::MakeSink(SinkContext context) const {
  const SinkContext refused = std::move(context);
  return base::InvalidArgument("connector cannot be a sink: " + traits().name + ": table " +
                               refused.table.name);
}

ConnectorRegistry& ConnectorRegistry::Global() {
  static ConnectorRegistry registry;
  return registry;
}

void ConnectorRegistry::Register(std::unique_ptr<ConnectorFactory> factory) {
  factories_.push_back(std::move(factory));
}

const ConnectorFactory* ConnectorRegistry::Find(std::string_view name) const {
  for (const auto& factory : factories_) {
    if (factory->traits().name == name) {
      return factory.get();
    }
  }
  return nullptr;
}

std::vector<std::string> ConnectorRegistry::Names() const {
  std::vector<std::string> names;
  for (const auto& factory : factories_) {
    names.push_back(factory->traits().name);
  }
  return names;
}

}  // namespace laminar::connectors
