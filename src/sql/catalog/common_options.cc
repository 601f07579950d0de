#include "sql/catalog/common_options.h"

#include <utility>

namespace laminar::sql {
namespace {

using data::OptionSpec;
using data::OptionType;

OptionSpec Spec(std::string name, OptionType type, std::string description) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.description = std::move(description);
  return spec;
}

OptionSpec Enum(std::string name, std::vector<std::string> values, std::string description) {
  OptionSpec spec = Spec(std::move(name), OptionType::kEnum, std::move(description));
  spec.values = std::move(values);
  return spec;
}

void AddRecordOptions(std::vector<OptionSpec>& specs, bool is_source) {
  specs.push_back(Spec("format", OptionType::kString,
                       "How records are written: json, csv, parquet, raw_string, ..."));
  if (!is_source) {
    return;
  }
  OptionSpec bad_data = Enum(
      "bad_data", {"fail", "drop", "dead_letter"},
      "What happens to a record that cannot be decoded: the job fails, the record is dropped and "
      "counted, or it is written to dead_letter_path.");
  bad_data.default_value = "fail";
  specs.push_back(std::move(bad_data));
  specs.push_back(
      Spec("dead_letter_path", OptionType::kString,
           "File for bad_data = 'dead_letter': one JSON line of error, position and record each."));
  specs.push_back(
      Enum("framing", {"newline"}, "What separates records: a line end, which is the default."));
}

void AddTimeOptions(std::vector<OptionSpec>& specs) {
  OptionSpec idle = Spec("idle_micros", OptionType::kInteger,
                         "Microseconds without rows after which the source no longer holds back "
                         "the watermark; 0 or less: never.");
  idle.default_value = "300000000";
  specs.push_back(std::move(idle));
  specs.push_back(Spec("event_time_field", OptionType::kField,
                       "Column that is the event time; WATERMARK FOR says the same."));
  specs.push_back(
      Spec("watermark_field", OptionType::kField, "Column that is the watermark of its row."));
}

}  // namespace

std::vector<OptionSpec> CommonOptions(data::ConnectorTable::Kind kind, bool has_format) {
  std::vector<OptionSpec> specs;
  specs.push_back(Spec("connector", OptionType::kString, "Which connector the table uses."));
  specs.push_back(
      Enum("type", {"source", "sink", "lookup"}, "Whether the table is read or written."));
  const bool is_source = kind == data::ConnectorTable::Kind::kSource;
  if (has_format) {
    AddRecordOptions(specs, is_source);
  }
  if (is_source) {
    AddTimeOptions(specs);
  }
  return specs;
}

}  // namespace laminar::sql
