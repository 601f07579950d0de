// OptionTable: writes a connector's option reference down row by row; the rows check a WITH clause,
// print `connectors describe`, and make the docs.
#ifndef LAMINAR_CONNECTORS_API_OPTION_TABLE_H_
#define LAMINAR_CONNECTORS_API_OPTION_TABLE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/options.h"

namespace laminar::connectors {

class OptionTable {
 public:
  /// Begins a row; the calls below say more about it.
  OptionTable& Add(std::string name, data::OptionType type, std::string description) {
    data::OptionSpec spec;
    spec.name = std::move(name);
    spec.type = type;
    spec.description = std::move(description);
    specs_.push_back(std::move(spec));
    return *this;
  }
  OptionTable& Required() {
    specs_.back().required = true;
    return *this;
  }
  OptionTable& Default(std::string value) {
    specs_.back().default_value = std::move(value);
    return *this;
  }
  OptionTable& Values(std::vector<std::string> values) {
    specs_.back().values = std::move(values);
    return *this;
  }
  OptionTable& Minimum(int64_t value) {
    specs_.back().minimum = value;
    return *this;
  }
  OptionTable& Maximum(int64_t value) {
    specs_.back().maximum = value;
    return *this;
  }

  std::vector<data::OptionSpec> Take() { return std::move(specs_); }

 private:
  std::vector<data::OptionSpec> specs_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_OPTION_TABLE_H_
