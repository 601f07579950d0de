// ConnectorFactory: what a connector is called, what it accepts, and how its readers and writers
// are made. One per connector, registered by app/register_connectors.cc; const and usable from any
// thread.
#ifndef LAMINAR_CONNECTORS_API_CONNECTOR_FACTORY_H_
#define LAMINAR_CONNECTORS_API_CONNECTOR_FACTORY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/outcome.h"
#include "connectors/api/sink_writer.h"
#include "connectors/api/source_reader.h"
#include "data/connector_table.h"

namespace laminar::connectors {

struct ConnectorTraits {
  std::string name;         // "filesystem"
  std::string description;  // a sentence
  bool source = false;
  bool sink = false;
  bool has_format = false;             // takes `format` and its options
  bool formats_random_access = false;  // can serve Parquet
  std::string default_format;          // where `format` may be left out
  bool parallel_source = true;         // false: only subtask 0 may read
  bool parallel_sink = true;           // false: rows are gathered into one subtask
  bool resumable_source = false;       // its readers tell positions and go on from them
  bool exactly_once_sink = false;  // what it publishes is published by Commit; else at least once
  bool accepts_updates = false;    // the sink takes changelogs
  std::string positional_option;   // of the table function: which option its first unnamed argument
                                   // sets ("path"); empty: none
};

struct MetadataField {
  std::string key;
  data::LogicalType type;
  std::string description;
};

class ConnectorFactory {
 public:
  virtual ~ConnectorFactory() = default;
  virtual ConnectorTraits traits() const = 0;
  virtual std::vector<data::OptionSpec> source_options() const { return {}; }
  virtual std::vector<data::OptionSpec> sink_options() const { return {}; }
  virtual std::vector<MetadataField> metadata_fields() const { return {}; }
  /// The columns of a source that always has the same ones (nexmark, impulse), else nullopt.
  virtual std::optional<data::Schema> fixed_schema() const { return std::nullopt; }
  /// The column of fixed_schema that is the event time by default; nullopt: arrival time.
  virtual std::optional<std::string> default_event_time() const { return std::nullopt; }
  /// Guesses the columns by looking at the first records of what the options name. BLOCKS: reads
  /// the input.
  virtual absl::StatusOr<data::Schema> InferSchema(const data::ConnectorTable& table) const;
  /// Checks combinations of options and columns; InvalidArgument in the user's words, first line of
  /// the message naming the option where one is to blame.
  virtual absl::Status Validate(const data::ConnectorTable& table) const {
    return absl::OkStatus();
  }
  /// Paths of the local files that a source of this table would read; a folder stands for all that
  /// is in it. BLOCKS: may list folders.
  virtual std::vector<std::string> InputFiles(const data::ConnectorTable& table) const {
    return {};
  }
  /// Paths of the local files that a sink of this table replaces.
  virtual std::vector<std::string> OutputFiles(const data::ConnectorTable& table) const {
    return {};
  }
  /// Publishes what a writer of this table has named in SinkSnapshot::commits, in their order,
  /// those of aborted epochs before those of the complete one behind them. Idempotent: it may have
  /// been done before, wholly or in part, by this process or another. NotApplied is final: the
  /// output cannot be published any more, and the message says why; everything that may pass is
  /// Unknown. Any I/O thread; BLOCKS.
  virtual base::Outcome Commit(const data::ConnectorTable& table, const std::string& commit) const {
    return base::Outcome::Applied();
  }
  /// Removes what earlier generations than that of `identity` have left of this sink, but for what
  /// `snapshots` (of the checkpoints that are kept) name; commits that will not be repeated may be
  /// left out of them. When no writer is alive any more, the next generation clears up behind the
  /// last one. BLOCKS.
  virtual absl::Status RemoveLeftovers(const data::ConnectorTable& table,
                                       const SinkIdentity& identity,
                                       const std::vector<SinkSnapshot>& snapshots) const {
    return absl::OkStatus();
  }
  virtual absl::StatusOr<std::unique_ptr<SourceReader>> MakeSource(SourceContext context) const;
  virtual absl::StatusOr<std::unique_ptr<SinkWriter>> MakeSink(SinkContext context) const;
};

class ConnectorRegistry {
 public:
  static ConnectorRegistry& Global();
  void Register(std::unique_ptr<ConnectorFactory> factory);
  /// Null when unknown.
  const ConnectorFactory* Find(std::string_view name) const;
  std::vector<std::string> Names() const;

 private:
  std::vector<std::unique_ptr<ConnectorFactory>> factories_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_CONNECTOR_FACTORY_H_
