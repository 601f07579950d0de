#include "formats/format_registry.h"

#include "base/assert.h"

namespace laminar::formats {

absl::StatusOr<data::Schema> FormatFactory::InferSchema(std::string_view sample,
                                                        bool at_end,
                                                        const data::Options& options) const {
  return base::InvalidArgument("columns cannot be guessed from the input for format '" + name() +
                               "': declare them");
}

FormatRegistry& FormatRegistry::Global() {
  static FormatRegistry registry;
  return registry;
}

void FormatRegistry::Register(std::unique_ptr<FormatFactory> factory) {
  LAMINAR_ASSERT(Find(factory->name()) == nullptr, factories_.size());
  factories_.push_back(std::move(factory));
}

const FormatFactory* FormatRegistry::Find(std::string_view name) const {
  for (const auto& factory : factories_) {
    if (factory->name() == name) {
      return factory.get();
    }
  }
  return nullptr;
}

std::vector<std::string> FormatRegistry::Names() const {
  std::vector<std::string> names;
  names.reserve(factories_.size());
  for (const auto& factory : factories_) {
    names.push_back(factory->name());
  }
  return names;
}

}  // namespace laminar::formats
