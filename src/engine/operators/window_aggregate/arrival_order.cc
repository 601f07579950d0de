#include "engine/operators/window_aggregate/arrival_order.h"

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>

namespace laminar::engine {
namespace {

using data::idx_t;

// Where one source is.
struct Position {
  size_t chunk = 0;
  idx_t row = 0;
};

}  // namespace

absl::Status ForEachByArrival(
    const std::vector<const std::vector<data::Chunk>*>& sources,
    size_t sequence_column,
    const std::function<absl::Status(size_t source, const data::Chunk& rows)>& body) {
  const auto sequence = [&](size_t source, Position at) {
    return duckdb::FlatVector::GetData<int64_t>(
        (*sources[source])[at.chunk].column(sequence_column))[at.row];
  };
  using Next = std::pair<int64_t, size_t>;  // the next row's number, its source
  std::priority_queue<Next, std::vector<Next>, std::greater<>> queue;
  std::vector<Position> positions(sources.size());
  for (size_t source = 0; source < sources.size(); ++source) {
    if (!sources[source]->empty()) {
      queue.emplace(sequence(source, {}), source);
    }
  }
  while (!queue.empty()) {
    const size_t source = queue.top().second;
    queue.pop();
    Position& at = positions[source];
    const data::Chunk& chunk = (*sources[source])[at.chunk];
    Position end = at;
    while (end.row < chunk.num_rows() &&
           (queue.empty() || Next(sequence(source, end), source) < queue.top())) {
      ++end.row;
    }
    if (at.row == 0 && end.row == chunk.num_rows()) {
      LAMINAR_RETURN_IF_ERROR(body(source, chunk));
    } else {
      data::SelectionVector selection(end.row - at.row);
      for (idx_t i = at.row; i < end.row; ++i) {
        selection.set_index(i - at.row, i);
      }
      LAMINAR_RETURN_IF_ERROR(body(source, chunk.Select(selection, end.row - at.row)));
    }
    at = end.row == chunk.num_rows() ? Position{at.chunk + 1, 0} : end;
    if (at.chunk < sources[source]->size()) {
      queue.emplace(sequence(source, at), source);
    }
  }
  return absl::OkStatus();
}

}  // namespace laminar::engine
