// The one place that knows every format.
#ifndef LAMINAR_APP_REGISTER_FORMATS_H_
#define LAMINAR_APP_REGISTER_FORMATS_H_

namespace laminar::app {

/// Registers every format; called once at the start of the process, before any other thread.
void RegisterFormats();

}  // namespace laminar::app

#endif  // LAMINAR_APP_REGISTER_FORMATS_H_
