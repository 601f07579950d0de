#include "app/register_formats.h"

#include <memory>

#include "formats/format_registry.h"
#include "formats/json/json_format.h"

namespace laminar::app {

void RegisterFormats() {
  formats::FormatRegistry& registry = formats::FormatRegistry::Global();
  registry.Register(std::make_unique<formats::JsonFormat>());
}

}  // namespace laminar::app
