// A manifest with something of everything, for tests.
#ifndef LAMINAR_CONTROL_CHECKPOINT_MANIFEST_FOR_TEST_H_
#define LAMINAR_CONTROL_CHECKPOINT_MANIFEST_FOR_TEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crc32c.h"
#include "control/checkpoint/manifest.h"

namespace laminar::control {

inline constexpr rpc::OperatorId kSourceForTest = {0x5000};
inline constexpr rpc::OperatorId kAggregateForTest = {0xa000};
inline constexpr rpc::OperatorId kSinkForTest = {0xf000};

inline rpc::StoredObject StoredObjectForTest(const std::string& key, std::string_view bytes) {
  return {.key = key, .bytes = static_cast<int64_t>(bytes.size()), .crc32c = base::Crc32c(bytes)};
}

inline ManifestHeader ManifestHeaderForTest(int64_t epoch = 7, int64_t generation = 2) {
  ManifestHeader header;
  header.engine_version = "0.1.0";
  header.pipeline = "pl-test";
  header.generation = {generation};
  header.epoch = {epoch};
  header.program_fingerprint = 0xfedcba9876543210;
  header.sql = "SELECT 'ä' FROM s";
  header.num_key_groups = 256;
  header.key_hash = "duckdb-1.4";
  header.operators = {
      {.op = kSourceForTest, .name = "source_0", .description = "reads s", .parallelism = 2},
      {.op = kAggregateForTest, .name = "aggregate_1", .description = "counts", .parallelism = 2},
      {.op = kSinkForTest, .name = "sink_2", .description = "writes out", .parallelism = 1}};
  header.created.micros = 1'700'000'000'000'000;
  return header;
}

/// The bytes of a file of state that manifests for tests name: any will do.
inline std::string StateFileBytesForTest(int64_t epoch, int subtask) {
  std::string bytes = "rows of epoch " + std::to_string(epoch) + ", subtask ";
  bytes += std::to_string(subtask);
  bytes += std::string(200, static_cast<char>('a' + epoch % 26));
  return bytes;
}

inline std::string StateFileKeyForTest(int64_t epoch, int64_t generation, int subtask) {
  return "data/g" + std::to_string(generation) + "/e" + std::to_string(epoch) +
         "/000000000000a000/groups-" + std::to_string(subtask) + "-0.parquet";
}

inline rpc::TableState TableStateForTest(int64_t epoch, int64_t generation, int subtask) {
  rpc::TableState table;
  table.name = "groups";
  table.keys = {{.name = "auction", .type = "BIGINT", .nullable = true}};
  table.values = {{.name = "count", .type = "BIGINT", .nullable = false}};
  table.files.push_back(
      {.object = StoredObjectForTest(StateFileKeyForTest(epoch, generation, subtask),
                                     StateFileBytesForTest(epoch, subtask)),
       .epoch = {epoch},
       .key_group_begin = static_cast<uint32_t>(128 * subtask),
       .key_group_end = static_cast<uint32_t>(128 * subtask + 128),
       .num_rows = 10});
  return table;
}

/// Of a job of a source and an aggregate (two subtasks each) and a sink.
inline std::vector<rpc::TaskSnapshot> SnapshotsForTest(int64_t epoch = 7, int64_t generation = 2) {
  std::vector<rpc::TaskSnapshot> snapshots;
  for (int subtask = 0; subtask < 2; ++subtask) {
    rpc::TaskSnapshot source;
    source.task = "source_0/" + std::to_string(subtask);
    source.generation = {generation};
    source.epoch = {epoch};
    source.source = rpc::SourceState{
        .op = kSourceForTest,
        .name = "source_0",
        .splits = {{.split = "file " + std::to_string(subtask), .position = "{\"offset\":12}"}},
        .watermark_micros = 1000 + subtask,
        .ended = false};
    source.edges = {{.from = kSourceForTest,
                     .to = kAggregateForTest,
                     .input = 0,
                     .sent = true,
                     .num_rows = 50,
                     .hash = 0xffffffffffffff00}};
    snapshots.push_back(source);

    rpc::TaskSnapshot aggregate;
    aggregate.task = "aggregate_1/" + std::to_string(subtask);
    aggregate.generation = {generation};
    aggregate.epoch = {epoch};
    aggregate.operators = {{.op = kAggregateForTest,
                            .name = "aggregate_1",
                            .description = "counts",
                            .tables = {TableStateForTest(epoch, generation, subtask)}}};
    aggregate.edges = source.edges;
    aggregate.edges[0].sent = false;
    aggregate.cut_nanos = 100 + subtask;
    aggregate.align_nanos = 200 - subtask;
    aggregate.bytes_written = 1000;
    snapshots.push_back(aggregate);
  }
  rpc::TaskSnapshot sink;
  sink.task = "sink_2/0";
  sink.generation = {generation};
  sink.epoch = {epoch};
  sink.sink = rpc::SinkState{.op = kSinkForTest,
                             .name = "sink_2",
                             .subtask = 0,
                             .state = "{\"part\":3}",
                             .commits = {"{\"file\":\"a\"}", "{\"file\":\"b\"}"}};
  snapshots.push_back(sink);
  return snapshots;
}

inline Manifest ManifestForTest(int64_t epoch = 7, int64_t generation = 2) {
  return BuildManifest(ManifestHeaderForTest(epoch, generation),
                       SnapshotsForTest(epoch, generation));
}

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_MANIFEST_FOR_TEST_H_
