#include "format_1.h"

#include <memory>
#include <utility>
#include <vector>

#include "base/crc32c.h"
#include "base/file.h"
#include "control/checkpoint/savepoint.h"
#include "control/checkpoint/state_directory_check.h"
#include "storage/local_store.h"
#include "storage/object_key.h"

namespace laminar::compatibility {

namespace {

using control::Manifest;
using control::StateAccess;
using control::StateDirectory;

constexpr rpc::OperatorId kSource = {0x1111222233334444};
constexpr rpc::OperatorId kAggregate = {0xfedcba9876543210};
constexpr rpc::OperatorId kSink = {0x00000000000000ff};

class StandingClock : public base::Clock {
 public:
  base::MonotonicTime Now() const override { return {}; }
  base::WallTime Wall() const override { return {1'700'000'000'000'000}; }
};

int64_t GenerationOf(int64_t epoch) { return epoch == 3 ? 2 : 1; }

std::string StateKey(int64_t epoch, int subtask) {
  return "data/g" + std::to_string(GenerationOf(epoch)) + "/e" + std::to_string(epoch) +
         "/fedcba9876543210/groups-" + std::to_string(subtask) + "-0.parquet";
}

rpc::StateFile StateFileOf(int64_t epoch, int subtask) {
  const std::string bytes = StateBytesOfFormat1(epoch, subtask);
  return {.object = {.key = StateKey(epoch, subtask),
                     .bytes = static_cast<int64_t>(bytes.size()),
                     .crc32c = base::Crc32c(bytes)},
          .epoch = {epoch},
          .key_group_begin = static_cast<uint32_t>(64 * subtask),
          .key_group_end = static_cast<uint32_t>(64 * subtask + 64),
          .num_rows = 100 * epoch + subtask};
}

rpc::TableState TableOf(int64_t epoch) {
  rpc::TableState table;
  table.name = "groups";
  table.version = 1;
  table.sliced = true;
  table.keys = {{.name = "auction", .type = "BIGINT", .nullable = true}};
  table.values = {{.name = "count", .type = "BIGINT", .nullable = false},
                  {.name = "price", .type = "DECIMAL(18,3)", .nullable = true}};
  // Epoch 2 was written as what has changed since epoch 1.
  for (const int64_t written : epoch == 2 ? std::vector<int64_t>{1, 2} : std::vector{epoch}) {
    table.files.push_back(StateFileOf(written, 0));
    table.files.push_back(StateFileOf(written, 1));
  }
  return table;
}

control::ManifestHeader HeaderOf(int64_t epoch) {
  control::ManifestHeader header;
  header.engine_version = "0.1.0";
  header.pipeline = kPipelineOfFormat1;
  header.generation = {GenerationOf(epoch)};
  header.epoch = {epoch};
  if (epoch == 3) {
    header.parent = data::Epoch{2};
  }
  header.program_fingerprint = 0x0123456789abcdef;
  header.sql = "INSERT INTO out SELECT auction, count(*) FROM bid -- Größe";
  header.num_key_groups = 128;
  header.key_hash = "duckdb-1.4";
  header.operators = {
      {.op = kSource, .name = "source_0", .description = "reads bid", .parallelism = 2},
      {.op = kAggregate, .name = "window_aggregate_1", .description = "counts", .parallelism = 2},
      {.op = kSink, .name = "sink_2", .description = "writes out", .parallelism = 1}};
  header.stopped = epoch == 3;
  header.created = {1'700'000'000'000'000 + epoch};
  return header;
}

absl::Status WriteCheckpoint(StateDirectory& directory, int64_t epoch) {
  for (int subtask = 0; subtask < 2; ++subtask) {
    LAMINAR_RETURN_IF_ERROR(
        directory.store()
            .PutIfAbsent(StateKey(epoch, subtask), StateBytesOfFormat1(epoch, subtask))
            .status());
  }
  control::EpochRecord record;
  record.epoch = {epoch};
  record.generation = {GenerationOf(epoch)};
  const std::string bytes = control::EncodeManifest(ManifestOfFormat1(epoch));
  record.manifest = {.key = control::ManifestKey(record.generation, record.epoch),
                     .bytes = static_cast<int64_t>(bytes.size()),
                     .crc32c = base::Crc32c(bytes)};
  record.nonce = "nonce " + std::to_string(epoch);
  record.completed = {1'700'000'000'000'100 + epoch};
  LAMINAR_RETURN_IF_ERROR(directory.store().PutIfAbsent(record.manifest.key, bytes).status());
  LAMINAR_RETURN_IF_ERROR(directory.log().AppendEpoch(record).status());
  return epoch == kNumEpochsOfFormat1
             ? absl::OkStatus()
             : directory.log().MarkCommitted(record.epoch, record.generation).status();
}

absl::Status Write(StateDirectory directory) {
  for (int64_t epoch = 1; epoch <= kNumEpochsOfFormat1; ++epoch) {
    LAMINAR_RETURN_IF_ERROR(
        directory.log()
            .ClaimGeneration("generation " + std::to_string(GenerationOf(epoch)))
            .status());
    LAMINAR_RETURN_IF_ERROR(WriteCheckpoint(directory, epoch));
  }
  return control::CreateSavepoint(directory.store(), ManifestOfFormat1(2), kSavepointOfFormat1);
}

// What belongs to the process that wrote it, and not to the state.
absl::Status RemoveTraces(const std::string& folder) {
  for (const std::string& name :
       {std::string(control::kLockFileName), std::string(control::kOwnerFileName),
        std::string(storage::kUnfinishedFolder)}) {
    LAMINAR_RETURN_IF_ERROR(base::RemoveAll(base::JoinPath(folder, name)));
  }
  return absl::OkStatus();
}

}  // namespace

Manifest ManifestOfFormat1(int64_t epoch) {
  Manifest manifest;
  manifest.format_version = 1;
  manifest.header = HeaderOf(epoch);
  manifest.operators = {{.op = kAggregate,
                         .name = "window_aggregate_1",
                         .description = "counts",
                         .tables = {TableOf(epoch)}}};
  manifest.sources = {{.op = kSource,
                       .name = "source_0",
                       .splits = {{.split = "bids-\xff.json", .position = "{\"offset\":77}"},
                                  {.split = "more.json", .position = "{\"offset\":0}"}},
                       .watermark_micros = -5,
                       .ended = false}};
  manifest.sinks = {{.op = kSink,
                     .name = "sink_2",
                     .subtask = 0,
                     .state = "{\"part\":1}",
                     .commits = {"{\"file\":\"part-0\"}", "{\"file\":\"part-1\"}"}}};
  manifest.edges = {{.from = kAggregate,
                     .to = kSink,
                     .input = 0,
                     .sent = false,
                     .num_rows = 9,
                     .hash = 0x8000000000000001},
                    {.from = kAggregate,
                     .to = kSink,
                     .input = 0,
                     .sent = true,
                     .num_rows = 9,
                     .hash = 0x8000000000000001}};
  manifest.figures = {.bytes_written = 500, .cut_nanos_max = 1'000'000, .align_nanos_max = 2000};
  return manifest;
}

std::string StateBytesOfFormat1(int64_t epoch, int subtask) {
  return "rows of epoch " + std::to_string(epoch) + ", subtask " + std::to_string(subtask) + "\n";
}

control::StateDirectoryOptions OptionsOfFormat1(const std::string& location, StateAccess access) {
  static const StandingClock clock;
  return {.location = location,
          .access = access,
          .engine_version = "0.1.0",
          .clock = &clock,
          .random = [] { return uint64_t{0}; },
          .store = {}};
}

absl::Status WriteFormat1(const std::string& folder) {
  const std::string local = base::JoinPath(folder, "format_1/folder");
  const std::string objects = base::JoinPath(folder, "format_1/objects");
  LAMINAR_RETURN_IF_ERROR(base::RemoveAll(base::JoinPath(folder, "format_1")));
  LAMINAR_RETURN_IF_ERROR(base::MakeFolders(local));
  LAMINAR_ASSIGN_OR_RETURN(StateDirectory one,
                           StateDirectory::Open(OptionsOfFormat1(local, StateAccess::kRun)));
  LAMINAR_RETURN_IF_ERROR(Write(std::move(one)));
  LAMINAR_ASSIGN_OR_RETURN(StateDirectory other,
                           StateDirectory::OpenOver(std::make_unique<storage::LocalStore>(objects),
                                                    OptionsOfFormat1(objects, StateAccess::kRun)));
  LAMINAR_RETURN_IF_ERROR(Write(std::move(other)));
  LAMINAR_RETURN_IF_ERROR(RemoveTraces(local));
  return RemoveTraces(objects);
}

}  // namespace laminar::compatibility
