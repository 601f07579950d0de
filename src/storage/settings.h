// Settings: what a user said about a store, from the options beside its URL and from the
// environment, by names that are checked. Plain; any thread.
#ifndef LAMINAR_STORAGE_SETTINGS_H_
#define LAMINAR_STORAGE_SETTINGS_H_

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>

#include "base/status.h"

namespace laminar::storage {

class Settings {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string&)>;

  /// Names of options may begin with aws_, google_ or azure_, as other tools write them.
  Settings(const std::map<std::string, std::string>& options, Environment environment);

  /// The option, else the first of the variables that is set and not empty.
  std::optional<std::string> Find(const std::string& option,
                                  std::initializer_list<const char*> variables = {}) const;
  std::string Get(const std::string& option,
                  std::initializer_list<const char*> variables = {}) const {
    return Find(option, variables).value_or("");
  }
  /// InvalidArgument when it is neither true nor false.
  absl::StatusOr<bool> GetFlag(const std::string& option,
                               std::initializer_list<const char*> variables,
                               bool otherwise) const;
  std::optional<std::string> Variable(const std::string& name) const;

  /// InvalidArgument, with the names that are known, when an option has another name.
  absl::Status CheckNames(std::initializer_list<const char*> known) const;

 private:
  std::map<std::string, std::string> options_;
  Environment environment_;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_SETTINGS_H_
