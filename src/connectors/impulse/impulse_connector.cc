#include "connectors/impulse/impulse_connector.h"

#include <utility>

#include "connectors/api/fixed_columns.h"
#include "connectors/api/option_table.h"
#include "connectors/api/rate_option.h"
#include "connectors/api/timestamp_option.h"
#include "connectors/impulse/impulse_source.h"

namespace laminar::connectors {
namespace impulse {

absl::StatusOr<ImpulseOptions> ImpulseOptions::FromTable(const data::ConnectorTable& table) {
  const data::Options& given = table.options;
  ImpulseOptions options;
  LAMINAR_ASSIGN_OR_RETURN(options.event_rate, ReadEventRate(given));
  if (given.Has("message_count")) {
    options.message_count = given.GetInteger("message_count");
  }
  if (given.Has("event_time_interval")) {
    options.interval_micros = given.GetDuration("event_time_interval").micros;
  }
  if (given.Has("base_time")) {
    LAMINAR_ASSIGN_OR_RETURN(options.base_micros, ReadTimestampOption(given, "base_time"));
  } else if (options.interval_micros.has_value() && options.message_count != kUnbounded) {
    options.base_micros = 0;
  }
  if (options.interval_micros.has_value() && options.message_count != kUnbounded) {
    const int64_t num_timed =
        CountTimedEvents(options.base_micros.value_or(0), *options.interval_micros);
    if (options.message_count > num_timed) {
      return TimeOverflow(num_timed, *options.interval_micros);
    }
  }
  return options;
}

}  // namespace impulse

ConnectorTraits ImpulseConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "impulse";
  traits.description = "Counts from 0, at a rate, for demonstrations and tests.";
  traits.source = true;
  traits.resumable_source = true;
  return traits;
}

std::vector<data::OptionSpec> ImpulseConnector::source_options() const {
  using data::OptionType;
  OptionTable table;
  table.Add("event_rate", OptionType::kFloat,
            "Events per second, of all subtasks together; 0 or unset: no limit.");
  table.Add("rate", OptionType::kFloat, "Another name of event_rate.");
  table
      .Add("event_time_interval", OptionType::kDuration,
           "Event time between two events; unset: event time is the clock's time.")
      .Minimum(0);
  table
      .Add("message_count", OptionType::kInteger,
           "How many events there are, of all subtasks together; unset: no end.")
      .Minimum(0);
  table.Add("base_time", OptionType::kString,
            "Event time of the first event; unset: now, or 1970-01-01 when event_time_interval and "
            "message_count are set, so that runs are alike.");
  return table.Take();
}

std::optional<data::Schema> ImpulseConnector::fixed_schema() const {
  return impulse::ImpulseSchema();
}

absl::Status ImpulseConnector::Validate(const data::ConnectorTable& table) const {
  LAMINAR_RETURN_IF_ERROR(CheckFixedColumns("impulse", impulse::ImpulseSchema(), table.schema));
  return impulse::ImpulseOptions::FromTable(table).status();
}

absl::StatusOr<std::unique_ptr<SourceReader>> ImpulseConnector::MakeSource(
    SourceContext context) const {
  LAMINAR_ASSIGN_OR_RETURN(const impulse::ImpulseOptions options,
                           impulse::ImpulseOptions::FromTable(context.table));
  return std::make_unique<impulse::ImpulseSource>(std::move(context), options);
}

}  // namespace laminar::connectors
