// Options of a WITH clause or of a table function: what the text gave (OptionValue, with its
// place), what a connector or format accepts (OptionSpec), and the checked result (Options). Plain
// data; any thread when const.
#ifndef LAMINAR_DATA_OPTIONS_H_
#define LAMINAR_DATA_OPTIONS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "base/status.h"

namespace laminar::data {

/// INTERVAL '...' as written in options; months are refused there, so microseconds are enough.
struct Duration {
  int64_t micros = 0;
  auto operator<=>(const Duration&) const = default;
};

/// A bare word: a field reference such as `event_time_field = ts`.
struct Identifier {
  std::string name;
  bool operator==(const Identifier&) const = default;
};

/// One value as written: 'text', true, 10, 1.5, INTERVAL '5 seconds', word, ['a', 'b'].
struct OptionValue {
  std::variant<std::string, bool, int64_t, double, Duration, Identifier, std::vector<std::string>>
      value;
  base::SourceSpan key_span;
  base::SourceSpan value_span;
};

/// Options as written, by lower-case key.
using OptionMap = std::map<std::string, OptionValue>;

enum class OptionType {
  kString,
  kBoolean,
  kInteger,
  kFloat,
  kDuration,
  kSize,
  kField,
  kStringList,
  kEnum
};
const char* OptionTypeName(OptionType type);

/// One row of an option reference; the same rows check a WITH clause, print `connectors describe`
/// and make the docs.
struct OptionSpec {
  std::string name;
  OptionType type = OptionType::kString;
  std::optional<std::string> default_value;  // in the text form of its type; nullopt: unset
  bool required = false;
  std::string description;          // a sentence with units and bounds
  std::vector<std::string> values;  // of a kEnum, lower case
  std::optional<int64_t> minimum;   // of a kInteger, kSize or kDuration (microseconds)
  std::optional<int64_t> maximum;
  std::string since = "0.1";
};

/// A wrong option: which one, and why; binder turns it into a Diagnostic at the option's place.
struct OptionError {
  std::string key;      // empty: the statement as a whole (a required option is missing)
  bool at_key = false;  // the key itself is wrong (unknown), not its value
  std::string message;
  std::string hint;
};

/// Checked, typed values: every option of the specs that is set or has a default.
class Options {
 public:
  /// Checks `given` against `specs`: unknown keys (with a did-you-mean hint), types, ranges, enum
  /// values, missing required ones. Accepted spellings: 'true'|'yes'|'false'|'no' for booleans;
  /// quoted numbers; sizes as digits with an optional unit b, k/kb, m/mb, g/gb, t/tb (powers of
  /// 1024, any case); durations as INTERVAL or as text ('5 seconds', '10s', '500ms'); lists as [a,
  /// b] or comma-separated text; fields as identifier or text. Returns the options; on errors
  /// appends every one to `errors` and returns what could be read.
  static Options Check(const OptionMap& given,
                       const std::vector<OptionSpec>& specs,
                       std::vector<OptionError>& errors);

  bool Has(std::string_view key) const;
  /// REQUIRES for all: Has(key) and the spec's type.
  const std::string& GetString(std::string_view key) const;  // also kEnum and kField
  bool GetBoolean(std::string_view key) const;
  int64_t GetInteger(std::string_view key) const;  // also kSize, in bytes
  double GetFloat(std::string_view key) const;
  Duration GetDuration(std::string_view key) const;
  const std::vector<std::string>& GetStringList(std::string_view key) const;
  std::string GetStringOr(std::string_view key, std::string_view fallback) const;

  void Set(
      std::string key,
      std::variant<std::string, bool, int64_t, double, Duration, std::vector<std::string>> value);
  const auto& values() const { return values_; }

 private:
  std::map<std::string,
           std::variant<std::string, bool, int64_t, double, Duration, std::vector<std::string>>,
           std::less<>>
      values_;
};

/// Reads `5 seconds`, `10s`, `500ms`, `1 minute 30 seconds`, `2h`, `1 day`; months and years are
/// refused.
absl::StatusOr<Duration> ParseDuration(std::string_view text);
/// Reads digits with an optional unit; see Options::Check.
absl::StatusOr<int64_t> ParseSize(std::string_view text);

}  // namespace laminar::data

#endif  // LAMINAR_DATA_OPTIONS_H_
