#include "storage/settings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "storage/text.h"

namespace laminar::storage {

Settings::Settings(const std::map<std::string, std::string>& options, Environment environment)
    : environment_(std::move(environment)) {
  for (const auto& [name, value] : options) {
    std::string_view plain = name;
    for (const std::string_view vendor : {"aws_", "google_", "azure_"}) {
      if (plain.starts_with(vendor)) {
        plain.remove_prefix(vendor.size());
        break;
      }
    }
    options_[ToLower(plain)] = value;
  }
}

std::optional<std::string> Settings::Variable(const std::string& name) const {
  std::optional<std::string> value = environment_ ? environment_(name) : std::nullopt;
  return value.has_value() && !value->empty() ? value : std::nullopt;
}

std::optional<std::string> Settings::Find(const std::string& option,
                                          std::initializer_list<const char*> variables) const {
  const auto found = options_.find(option);
  if (found != options_.end() && !found->second.empty()) {
    return found->second;
  }
  for (const char* variable : variables) {
    if (auto value = Variable(variable)) {
      return value;
    }
  }
  return std::nullopt;
}

absl::StatusOr<bool> Settings::GetFlag(const std::string& option,
                                       std::initializer_list<const char*> variables,
                                       bool otherwise) const {
  const auto value = Find(option, variables);
  if (!value.has_value()) {
    return otherwise;
  }
  const std::string lower = ToLower(*value);
  if (lower == "true" || lower == "1" || lower == "yes") {
    return true;
  }
  if (lower == "false" || lower == "0" || lower == "no") {
    return false;
  }
  return base::InvalidArgument("storage setting " + option + " must be true or false: " + *value);
}

absl::Status Settings::CheckNames(std::initializer_list<const char*> known) const {
  for (const auto& [name, value] : options_) {
    if (std::any_of(known.begin(), known.end(), [&](const char* k) { return name == k; })) {
      continue;
    }
    std::string all;
    for (const char* one : known) {
      all += (all.empty() ? "" : ", ") + std::string(one);
    }
    return base::InvalidArgument("no such storage setting here: " + name + " (there are " + all +
                                 ")");
  }
  return absl::OkStatus();
}

}  // namespace laminar::storage
