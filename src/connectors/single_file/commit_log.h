// The log of a single_file sink in a job that takes checkpoints, and how it is published. Rows of
// an epoch are in one hidden file beside the output; once the epoch is complete, they are written
// behind those of the epochs before. The first epoch's log becomes the file itself, replacing what
// was there, so that readers see whole epochs at any time. Any I/O thread.
//
//   .NAME.PIPELINE.SINK.gGENERATION.SEQUENCE.log
#ifndef LAMINAR_CONNECTORS_SINGLE_FILE_COMMIT_LOG_H_
#define LAMINAR_CONNECTORS_SINGLE_FILE_COMMIT_LOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "connectors/api/sink_writer.h"

namespace laminar::connectors::single_file {

/// What one epoch publishes.
struct LogCommit {
  std::string path;       // of the file
  std::string log;        // a name in its folder
  std::string obsolete;   // likewise: the log of the commit before; empty: none
  bool is_first = false;  // of all: it replaces the file
  int64_t offset = 0;     // where its rows begin in the file
  int64_t bytes = 0;
  uint32_t crc32c = 0;

  std::string ToString() const;
  static absl::StatusOr<LogCommit> Parse(const std::string& text);
};

/// The state of a writer: how long the file is once everything up to here is published.
struct LogState {
  std::string path;
  int64_t bytes = 0;

  std::string ToString() const;
  static absl::StatusOr<LogState> Parse(const std::string& text);
};

std::string LogName(const std::string& path, const SinkIdentity& identity, int64_t sequence);

/// Publishes: see ConnectorFactory::Commit. What is in the file already is compared with the log;
/// bytes that somebody else has put there are never overwritten. BLOCKS.
base::Outcome Publish(const LogCommit& commit);

/// Removes logs of earlier generations beside the file, but for those that `snapshots` name.
/// BLOCKS.
absl::Status RemoveLogs(const std::string& path,
                        const SinkIdentity& identity,
                        const std::vector<SinkSnapshot>& snapshots);

}  // namespace laminar::connectors::single_file

#endif  // LAMINAR_CONNECTORS_SINGLE_FILE_COMMIT_LOG_H_
