// Programs: any text is accepted, or refused with an error that names a place, and never with the
// one that says that Laminar is at fault.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "app/compile.h"
#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "base/assert.h"

namespace laminar::app {
namespace {

bool RegisterAll() {
  RegisterFormats();
  RegisterConnectors();
  return true;
}

void Check(std::string_view text) {
  [[maybe_unused]] static const bool registered = RegisterAll();
  CompileOptions options;
  options.default_sink.connector = "blackhole";
  const CompiledProgram program = Compile(text, options);
  for (const base::Diagnostic& diagnostic : program.diagnostics) {
    LAMINAR_ASSERT(!diagnostic.message.empty(), text.size());
    LAMINAR_ASSERT(diagnostic.code != "LM1399", text.size());
    LAMINAR_ASSERT(diagnostic.span.offset <= static_cast<int64_t>(text.size()), text.size());
  }
  LAMINAR_ASSERT(program.ok || std::ranges::any_of(program.diagnostics,
                                                   [](const base::Diagnostic& diagnostic) {
                                                     return diagnostic.severity ==
                                                            base::Severity::kError;
                                                   }),
                 text.size());
}

}  // namespace
}  // namespace laminar::app

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  laminar::app::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
