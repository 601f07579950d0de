#include "engine/operators/window_aggregate/session_close.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/limits.h"
#include "engine/operators/window_aggregate/chunk_input.h"
#include "engine/operators/window_aggregate/distinct_keys.h"
#include "engine/operators/window_aggregate/result_chunk.h"

namespace laminar::engine {

using data::idx_t;

absl::StatusOr<data::Chunk> SessionClose::Emit(const data::Schema& output,
                                               uint8_t* const* sessions,
                                               idx_t count) {
  if (!plan_.plain()) {
    sessions_.BeginClose(sessions, count);
    for (idx_t i = 0; i < count; ++i) {
      plan_.StoreGroup(sessions[i], static_cast<int64_t>(i));
    }
    collected_.Start(static_cast<int64_t>(count));
    for (size_t i = 0; i < plan_.rows().size(); ++i) {
      LAMINAR_RETURN_IF_ERROR(FeedRows(i, sessions, count));
    }
  }
  data::Chunk chunk = MakeResultChunk(output, count);
  std::vector<uint8_t*> keys;
  std::vector<SliceId> windows;
  for (idx_t i = 0; i < count; ++i) {
    keys.push_back(sessions_.KeyOf(sessions[i]));
    windows.push_back(sessions_.WindowOf(sessions[i]));
  }
  const size_t num_keys = sessions_.key_layout().num_keys();
  GatherKeys(sessions_.key_layout(), keys.data(), count, chunk);
  SetWindows(windows, num_keys, chunk);
  LAMINAR_RETURN_IF_ERROR(plan_.Finalize(sessions, count, chunk, num_keys + 1));
  LAMINAR_RETURN_IF_ERROR(collected_.Finish(sessions, count, chunk, num_keys + 1));
  collected_.Clear();
  return chunk;
}

// Chains are fed in order of arrival, block by block, whatever session the rows belong to.
absl::Status SessionClose::FeedRows(size_t index, uint8_t* const* sessions, idx_t count) {
  ChainedRows& kept = sessions_.rows(index);
  std::vector<Row> rows;
  for (idx_t i = 0; i < count; ++i) {
    for (RowRef ref = sessions_.FirstRow(index, sessions[i]); ref; ref = kept.NextOf(ref)) {
      rows.push_back({ref, static_cast<int64_t>(i)});
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.ref < b.ref; });
  const std::vector<data::LogicalType>& types = plan_.rows()[index].types;
  std::vector<size_t> columns(types.size());  // without the session's id
  std::iota(columns.begin(), columns.end(), size_t{0});
  const StateSchema schema = DistinctKeys::Schema("", types, {});
  const RowLayout layout(schema.keys, schema.values);
  const bool has_distinct = HasDistinct(index);
  KeyedTable seen(layout, memory_);
  DistinctKeys seen_keys(layout, types);
  for (size_t first = 0; first < rows.size();) {
    const int64_t block = ChainedRows::BlockOf(rows[first].ref);
    data::SelectionVector selection(base::kRowsPerChunkMax);
    int64_t groups[base::kRowsPerChunkMax];
    idx_t num_rows = 0;
    for (; first < rows.size() && ChainedRows::BlockOf(rows[first].ref) == block; ++first) {
      groups[num_rows] = rows[first].group;
      selection.set_index(num_rows++, ChainedRows::PositionOf(rows[first].ref));
    }
    const data::Chunk chunk =
        PickColumns(kept.Block(block).Select(selection, num_rows), columns, 0);
    LAMINAR_RETURN_IF_ERROR(FeedAll(index, chunk, groups));
    if (has_distinct) {
      seen_keys.Set(groups, chunk);
      LAMINAR_RETURN_IF_ERROR(FeedDistinct(index, chunk, groups, sessions, seen, seen_keys.keys()));
    }
  }
  std::vector<RowRef> refs;
  for (const Row& row : rows) {
    refs.push_back(row.ref);
  }
  kept.Drop(refs);
  return absl::OkStatus();
}

absl::Status SessionClose::FeedAll(size_t index, const data::Chunk& rows, const int64_t* groups) {
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    if (call.rows == index && !call.distinct) {
      LAMINAR_RETURN_IF_ERROR(collected_.Feed(call, PickColumns(rows, call.columns, 0), groups));
    }
  }
  return absl::OkStatus();
}

absl::Status SessionClose::FeedDistinct(size_t index,
                                        const data::Chunk& rows,
                                        const int64_t* groups,
                                        uint8_t* const* sessions,
                                        KeyedTable& seen,
                                        const KeyColumns& keys) {
  uint8_t* entries[base::kRowsPerChunkMax];
  std::vector<duckdb::sel_t> fresh;
  seen.FindOrInsert(keys, nullptr, rows.num_rows(), entries, &fresh);
  LAMINAR_RETURN_IF_ERROR(seen.status());
  if (fresh.empty()) {
    return absl::OkStatus();
  }
  std::sort(fresh.begin(), fresh.end());
  data::SelectionVector selection(fresh.size());
  int64_t fresh_groups[base::kRowsPerChunkMax];
  uint8_t* fresh_sessions[base::kRowsPerChunkMax];
  for (size_t i = 0; i < fresh.size(); ++i) {
    selection.set_index(i, fresh[i]);
    fresh_groups[i] = groups[fresh[i]];
    fresh_sessions[i] = sessions[fresh_groups[i]];
  }
  const data::Chunk once = rows.Select(selection, fresh.size());
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    if (call.rows == index && call.distinct) {
      LAMINAR_RETURN_IF_ERROR(
          collected_.Feed(call, PickColumns(once, call.columns, 0), fresh_groups));
    }
  }
  const GroupedRows into{
      .positions = nullptr, .groups = fresh_sessions, .count = fresh.size(), .one_group = false};
  for (const AggregatePlan::Native& native : plan_.natives()) {
    if (native.rows == index) {
      LAMINAR_RETURN_IF_ERROR(UpdateFrom(once, native, into, sessions_.strings()));
    }
  }
  return absl::OkStatus();
}

bool SessionClose::HasDistinct(size_t index) const {
  for (const AggregatePlan::Native& native : plan_.natives()) {
    if (native.rows == index) {
      return true;
    }
  }
  for (const AggregatePlan::Collected& call : plan_.collected()) {
    if (call.rows == index && call.distinct) {
      return true;
    }
  }
  return false;
}

}  // namespace laminar::engine
