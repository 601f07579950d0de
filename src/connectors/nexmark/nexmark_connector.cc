#include "connectors/nexmark/nexmark_connector.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "connectors/api/fixed_columns.h"
#include "connectors/api/option_table.h"
#include "connectors/api/rate_option.h"
#include "connectors/api/timestamp_option.h"
#include "connectors/nexmark/nexmark_source.h"

namespace laminar::connectors {
namespace nexmark {
namespace {

// 2015-07-15 00:00:00 UTC, the standard generator's beginning of time.
constexpr int64_t kFixedBaseMicros = 1'436'918'400'000'000;
constexpr double kEventTimeRate = 10'000;

}  // namespace

absl::StatusOr<StreamOptions> StreamOptions::FromTable(const data::ConnectorTable& table) {
  const data::Options& given = table.options;
  StreamOptions options;
  LAMINAR_ASSIGN_OR_RETURN(options.event_rate, ReadEventRate(given));
  options.event_time_rate = options.event_rate > 0 ? options.event_rate : kEventTimeRate;
  if (given.Has("event_time_rate")) {
    LAMINAR_ASSIGN_OR_RETURN(options.event_time_rate, ReadRateOption(given, "event_time_rate"));
    if (options.event_time_rate == 0) {
      return base::InvalidArgument("option event_time_rate must be greater than 0");
    }
  }
  if (given.Has("events")) {
    options.events = given.GetInteger("events");
  }
  if (given.Has("runtime") && given.Has("for")) {
    return base::InvalidArgument("option for is another form of runtime: give one of them");
  }
  double seconds = 0;
  if (given.Has("runtime")) {
    seconds = given.GetFloat("runtime");
    if (!(seconds > 0 && seconds < 1e9)) {
      return base::InvalidArgument(
          fmt::format("option runtime must be a number of seconds greater than 0: {}", seconds));
    }
  }
  if (given.Has("for")) {
    seconds = static_cast<double>(given.GetDuration("for").micros) / 1e6;
  }
  if (seconds > 0 && options.event_rate > 0) {
    // What falls into the time, rather than when the clock says so: the same events each time.
    const double events = std::ceil(seconds * options.event_rate);
    if (events < static_cast<double>(options.events)) {
      options.events = static_cast<int64_t>(events);
    }
  } else if (seconds > 0) {
    options.run_nanos = static_cast<int64_t>(seconds * 1e9);
  }
  if (given.Has("seed")) {
    options.seed = static_cast<uint64_t>(given.GetInteger("seed"));
  }
  if (given.Has("base_time")) {
    LAMINAR_ASSIGN_OR_RETURN(options.base_micros, ReadTimestampOption(given, "base_time"));
  } else if (options.event_rate == 0 || given.Has("events")) {
    options.base_micros = kFixedBaseMicros;
  }
  const int64_t num_timed =
      EventTimes(options.base_micros.value_or(0), options.event_time_rate).Count();
  if (options.events != kUnbounded && options.events > num_timed) {
    return TimeOverflow(num_timed, options.event_time_rate);
  }
  const auto flag = [&](const char* key, bool fallback) {
    return given.Has(key) ? given.GetBoolean(key) : fallback;
  };
  options.replay = flag("replay", false);
  options.prune = flag("prune", false);
  options.dictionary = flag("dictionary", true);
  if (options.replay && options.events == kUnbounded) {
    return base::InvalidArgument(
        "option replay needs option events: they are all made before the first is delivered");
  }
  return options;
}

}  // namespace nexmark

ConnectorTraits NexmarkConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "nexmark";
  traits.description =
      "Makes up the events of an online auction: persons, auctions and bids of the Nexmark "
      "benchmark.";
  traits.source = true;
  traits.resumable_source = true;
  return traits;
}

std::vector<data::OptionSpec> NexmarkConnector::source_options() const {
  using data::OptionType;
  OptionTable table;
  table.Add("event_rate", OptionType::kFloat,
            "Events per second, of all kinds and all subtasks; 0 or unset: no limit.");
  table.Add("rate", OptionType::kFloat, "Another name of event_rate.");
  table
      .Add("events", OptionType::kInteger,
           "How many events there are, of all kinds and all subtasks; unset: no end.")
      .Minimum(1);
  table.Add("runtime", OptionType::kFloat, "Seconds after which the stream ends; unset: no end.");
  table
      .Add("for", OptionType::kDuration, "The same as an interval: how long until the stream ends.")
      .Minimum(1);
  table.Add("event_time_rate", OptionType::kFloat,
            "Events per second of event time; unset: event_rate, or 10000 without one.");
  table.Add("seed", OptionType::kInteger, "Events are a function of their number and this.")
      .Default("0");
  table.Add("base_time", OptionType::kString,
            "Time of the first event; unset: now, or 2015-07-15 when events is set or there is no "
            "rate, so that runs are alike.");
  table
      .Add("replay", OptionType::kBoolean,
           "Makes all events before the first is delivered and delivers them from memory; needs "
           "events.")
      .Default("false");
  table.Add("prune", OptionType::kBoolean, "Does not make columns that the program does not use.")
      .Default("false");
  table
      .Add("dictionary", OptionType::kBoolean,
           "Delivers channel and url as dictionaries, whose entries are worked on once; false: as "
           "plain strings.")
      .Default("true");
  return table.Take();
}

std::optional<data::Schema> NexmarkConnector::fixed_schema() const {
  return nexmark::NexmarkSchema();
}

absl::Status NexmarkConnector::Validate(const data::ConnectorTable& table) const {
  LAMINAR_RETURN_IF_ERROR(CheckFixedColumns("nexmark", nexmark::NexmarkSchema(), table.schema));
  return nexmark::StreamOptions::FromTable(table).status();
}

absl::StatusOr<std::unique_ptr<SourceReader>> NexmarkConnector::MakeSource(
    SourceContext context) const {
  LAMINAR_ASSIGN_OR_RETURN(const nexmark::StreamOptions options,
                           nexmark::StreamOptions::FromTable(context.table));
  return std::make_unique<nexmark::NexmarkSource>(std::move(context), options);
}

}  // namespace laminar::connectors
