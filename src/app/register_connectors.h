// The one place that knows every connector.
#ifndef LAMINAR_APP_REGISTER_CONNECTORS_H_
#define LAMINAR_APP_REGISTER_CONNECTORS_H_

namespace laminar::app {

/// Registers every connector; called once at the start of the process, before any other thread.
void RegisterConnectors();

}  // namespace laminar::app

#endif  // LAMINAR_APP_REGISTER_CONNECTORS_H_
