#include "app/register_connectors.h"

#include <memory>

#include "connectors/blackhole/blackhole_connector.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "connectors/impulse/impulse_connector.h"
#include "connectors/nexmark/nexmark_connector.h"
#include "connectors/preview/preview_connector.h"
#include "connectors/single_file/single_file_connector.h"
#include "connectors/stdin/stdin_connector.h"
#include "connectors/stdout/stdout_connector.h"

namespace laminar::app {

void RegisterConnectors() {
  connectors::ConnectorRegistry& registry = connectors::ConnectorRegistry::Global();
  registry.Register(std::make_unique<connectors::BlackholeConnector>());
  registry.Register(std::make_unique<connectors::FilesystemConnector>());
  registry.Register(std::make_unique<connectors::ImpulseConnector>());
  registry.Register(std::make_unique<connectors::NexmarkConnector>());
  registry.Register(std::make_unique<connectors::PreviewConnector>());
  registry.Register(std::make_unique<connectors::SingleFileConnector>());
  registry.Register(std::make_unique<connectors::StdinConnector>());
  registry.Register(std::make_unique<connectors::StdoutConnector>());
}

}  // namespace laminar::app
