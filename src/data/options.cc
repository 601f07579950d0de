#include "data/options.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/assert.h"
#include "data/ascii.h"

namespace laminar::data {
namespace {

using CheckedValue =
    std::variant<std::string, bool, int64_t, double, Duration, std::vector<std::string>>;

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += text.empty() ? word : ", " + word;
  }
  return text;
}

/// The value as the user wrote it, for messages and for types that are read from text.
std::string Text(const OptionValue& option) {
  struct Visitor {
    std::string operator()(const std::string& value) const { return value; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const {
      char buffer[32];
      const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
      return std::string(buffer, result.ptr);
    }
    std::string operator()(Duration value) const {
      return std::to_string(value.micros) + " microseconds";
    }
    std::string operator()(const Identifier& value) const { return value.name; }
    std::string operator()(const std::vector<std::string>& value) const {
      return "[" + Join(value) + "]";
    }
  };
  return std::visit(Visitor{}, option.value);
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = AsciiTrim(text.substr(0, comma));
    if (!item.empty()) {
      items.emplace_back(item);
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

absl::StatusOr<bool> ReadBoolean(const OptionValue& option) {
  if (const bool* value = std::get_if<bool>(&option.value)) {
    return *value;
  }
  const std::string word = AsciiLower(Text(option));
  if (word == "true" || word == "yes") {
    return true;
  }
  if (word == "false" || word == "no") {
    return false;
  }
  return base::InvalidArgument("expected true or false, found '" + Text(option) + "'");
}

absl::StatusOr<int64_t> ReadInteger(const OptionValue& option) {
  if (const int64_t* value = std::get_if<int64_t>(&option.value)) {
    return *value;
  }
  if (const double* value = std::get_if<double>(&option.value)) {
    // 1e6 is a fine way to write a million.
    if (std::trunc(*value) == *value && std::abs(*value) < 9.0e18) {
      return static_cast<int64_t>(*value);
    }
  }
  const std::string text = Text(option);
  std::string digits;
  for (const char c : AsciiTrim(text)) {
    if (c != '_') {
      digits += c;
    }
  }
  int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    return base::InvalidArgument("number is out of range: " + digits);
  }
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) {
    return base::InvalidArgument("expected a whole number, found '" + Text(option) + "'");
  }
  return value;
}

absl::StatusOr<double> ReadFloat(const OptionValue& option) {
  if (const double* value = std::get_if<double>(&option.value)) {
    return *value;
  }
  if (const int64_t* value = std::get_if<int64_t>(&option.value)) {
    return static_cast<double>(*value);
  }
  const std::string text = Text(option);
  const std::string_view digits = AsciiTrim(text);
  double value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size() ||
      !std::isfinite(value)) {
    return base::InvalidArgument("expected a number, found '" + text + "'");
  }
  return value;
}

absl::StatusOr<Duration> ReadDuration(const OptionValue& option) {
  if (const Duration* value = std::get_if<Duration>(&option.value)) {
    return *value;
  }
  return ParseDuration(Text(option));
}

absl::StatusOr<int64_t> ReadSize(const OptionValue& option) {
  if (const int64_t* value = std::get_if<int64_t>(&option.value)) {
    return *value;
  }
  return ParseSize(Text(option));
}

absl::StatusOr<std::string> ReadText(const OptionValue& option) {
  if (std::holds_alternative<std::vector<std::string>>(option.value) ||
      std::holds_alternative<Duration>(option.value)) {
    return base::InvalidArgument("expected a text in single quotes");
  }
  return Text(option);
}

absl::StatusOr<std::string> ReadField(const OptionValue& option) {
  if (const auto* value = std::get_if<Identifier>(&option.value)) {
    return value->name;
  }
  if (const auto* value = std::get_if<std::string>(&option.value);
      value != nullptr && !value->empty()) {
    return *value;
  }
  return base::InvalidArgument("expected the name of a column, found '" + Text(option) + "'");
}

absl::StatusOr<std::vector<std::string>> ReadList(const OptionValue& option) {
  if (const auto* value = std::get_if<std::vector<std::string>>(&option.value)) {
    return *value;
  }
  if (std::holds_alternative<Duration>(option.value)) {
    return base::InvalidArgument("expected a list such as ['a', 'b']");
  }
  return SplitList(Text(option));
}

absl::Status CheckRange(const OptionSpec& spec, int64_t value) {
  if (spec.minimum.has_value() && value < *spec.minimum) {
    return base::InvalidArgument("value is too small: " + std::to_string(value) +
                                 ", the least is " + std::to_string(*spec.minimum));
  }
  if (spec.maximum.has_value() && value > *spec.maximum) {
    return base::InvalidArgument("value is too large: " + std::to_string(value) +
                                 ", the greatest is " + std::to_string(*spec.maximum));
  }
  return absl::OkStatus();
}

/// Passes a bounded value on when it is in range.
template <typename T>
absl::StatusOr<CheckedValue> Bounded(const OptionSpec& spec,
                                     absl::StatusOr<T> value,
                                     int64_t (*measure)(const T&)) {
  if (!value.ok()) {
    return value.status();
  }
  LAMINAR_RETURN_IF_ERROR(CheckRange(spec, measure(*value)));
  return CheckedValue(*std::move(value));
}

template <typename T>
absl::StatusOr<CheckedValue> Unbounded(absl::StatusOr<T> value) {
  if (!value.ok()) {
    return value.status();
  }
  return CheckedValue(*std::move(value));
}

absl::StatusOr<CheckedValue> ReadEnum(const OptionSpec& spec, const OptionValue& option) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string text, ReadText(option));
  const std::string word = AsciiLower(text);
  if (std::find(spec.values.begin(), spec.values.end(), word) == spec.values.end()) {
    return base::InvalidArgument("unknown value '" + text + "'");
  }
  return CheckedValue(word);
}

absl::StatusOr<CheckedValue> ReadValue(const OptionSpec& spec, const OptionValue& option) {
  const auto identity = +[](const int64_t& value) { return value; };
  const auto micros = +[](const Duration& value) { return value.micros; };
  switch (spec.type) {
    case OptionType::kString:
      return Unbounded(ReadText(option));
    case OptionType::kBoolean:
      return Unbounded(ReadBoolean(option));
    case OptionType::kInteger:
      return Bounded(spec, ReadInteger(option), identity);
    case OptionType::kFloat:
      return Unbounded(ReadFloat(option));
    case OptionType::kDuration:
      return Bounded(spec, ReadDuration(option), micros);
    case OptionType::kSize:
      return Bounded(spec, ReadSize(option), identity);
    case OptionType::kField:
      return Unbounded(ReadField(option));
    case OptionType::kStringList:
      return Unbounded(ReadList(option));
    case OptionType::kEnum:
      return ReadEnum(spec, option);
  }
  return base::Internal("option type without a reader: " + spec.name);
}

std::string ValueHint(const OptionSpec& spec, const OptionValue& option) {
  if (spec.type != OptionType::kEnum) {
    return spec.description;
  }
  const std::string nearest = base::FindNearest(Text(option), spec.values);
  if (!nearest.empty()) {
    return "did you mean '" + nearest + "'?";
  }
  return "possible values: " + Join(spec.values);
}

const OptionSpec* FindSpec(const std::vector<OptionSpec>& specs, std::string_view name) {
  for (const OptionSpec& spec : specs) {
    if (spec.name == name) {
      return &spec;
    }
  }
  return nullptr;
}

OptionError UnknownOption(const std::string& key, const std::vector<OptionSpec>& specs) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : specs) {
    names.push_back(spec.name);
  }
  OptionError error{key, true, "unknown option '" + key + "'", ""};
  const std::string nearest = base::FindNearest(key, names);
  if (!nearest.empty()) {
    error.hint = "did you mean '" + nearest + "'?";
  } else if (!names.empty()) {
    error.hint = "possible options: " + Join(names);
  }
  return error;
}

}  // namespace

const char* OptionTypeName(OptionType type) {
  switch (type) {
    case OptionType::kString:
      return "text";
    case OptionType::kBoolean:
      return "boolean";
    case OptionType::kInteger:
      return "integer";
    case OptionType::kFloat:
      return "float";
    case OptionType::kDuration:
      return "interval";
    case OptionType::kSize:
      return "size";
    case OptionType::kField:
      return "column";
    case OptionType::kStringList:
      return "list";
    case OptionType::kEnum:
      return "enum";
  }
  return "text";
}

Options Options::Check(const OptionMap& given,
                       const std::vector<OptionSpec>& specs,
                       std::vector<OptionError>& errors) {
  Options options;
  for (const auto& [key, option] : given) {
    const OptionSpec* spec = FindSpec(specs, key);
    if (spec == nullptr) {
      errors.push_back(UnknownOption(key, specs));
      continue;
    }
    absl::StatusOr<CheckedValue> value = ReadValue(*spec, option);
    if (value.ok()) {
      options.Set(key, *std::move(value));
    } else {
      errors.push_back(
          {key, false,
           "option '" + key + "': " + std::string(base::FromAbsl(value.status().message())),
           ValueHint(*spec, option)});
    }
  }
  for (const OptionSpec& spec : specs) {
    if (given.contains(spec.name)) {
      continue;
    }
    if (spec.default_value.has_value()) {
      absl::StatusOr<CheckedValue> value =
          ReadValue(spec, OptionValue{*spec.default_value, {}, {}});
      LAMINAR_ASSERT(value.ok(), spec.name.size());
      options.Set(spec.name, *std::move(value));
    } else if (spec.required) {
      errors.push_back(
          {"", false, "required option is missing: '" + spec.name + "'", spec.description});
    }
  }
  return options;
}

bool Options::Has(std::string_view key) const { return values_.contains(key); }

namespace {

template <typename T, typename Map>
const T& Fetch(const Map& values, std::string_view key) {
  const auto entry = values.find(key);
  LAMINAR_ASSERT(entry != values.end(), key.size());
  const T* value = std::get_if<T>(&entry->second);
  LAMINAR_ASSERT(value != nullptr, entry->second.index());
  return *value;
}

}  // namespace

const std::string& Options::GetString(std::string_view key) const {
  return Fetch<std::string>(values_, key);
}
bool Options::GetBoolean(std::string_view key) const { return Fetch<bool>(values_, key); }
int64_t Options::GetInteger(std::string_view key) const { return Fetch<int64_t>(values_, key); }
double Options::GetFloat(std::string_view key) const { return Fetch<double>(values_, key); }
Duration Options::GetDuration(std::string_view key) const { return Fetch<Duration>(values_, key); }
const std::vector<std::string>& Options::GetStringList(std::string_view key) const {
  return Fetch<std::vector<std::string>>(values_, key);
}

std::string Options::GetStringOr(std::string_view key, std::string_view fallback) const {
  return Has(key) ? GetString(key) : std::string(fallback);
}

void Options::Set(std::string key, CheckedValue value) {
  values_.insert_or_assign(std::move(key), std::move(value));
}

}  // namespace laminar::data
