#include "engine/state/row_log.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"
#include "engine/state/state_changes.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr size_t kFirstColumn = kEndColumn + 1;  // of the rows in a cut

std::vector<data::LogicalType> TypesInMemory(const StateSchema& schema, KeyGroupRule rule) {
  std::vector<data::LogicalType> types;
  for (const data::Field& column : schema.values) {
    types.push_back(column.type);
  }
  if (rule == KeyGroupRule::kStored) {
    types.push_back(data::LogicalType::INTEGER);
  }
  return types;
}

}  // namespace

// --- the cut ---

// Dropped slices, then the rows of each segment from those that were cut before to those that there
// were when the cut began. Segments that are dropped meanwhile live here until then.
class RowLog::RunningCut final : public StateCut {
 public:
  RunningCut(RowLog& log, bool complete, KeyGroupRange range)
      : log_(log),
        complete_(complete),
        range_(range),
        types_(log.ChangeSchema().Types()),
        gone_(complete ? std::vector<SliceId>() : log.dropped_, log.key_groups_.rule, range) {
    log_.dropped_.clear();
    log_.cut_ = this;
    for (auto& [slice, segment] : log_.segments_) {
      const idx_t begin = complete_ ? 0 : segment.num_cut;
      if (begin < segment.rows.num_rows()) {
        parts_.push_back(
            {.slice = slice, .segment = &segment, .begin = begin, .end = segment.rows.num_rows()});
      }
      segment.num_cut = segment.rows.num_rows();
    }
  }
  ~RunningCut() override {
    if (!ended_) {
      Abandon();
    }
    log_.cut_ = nullptr;
  }

  bool complete() const override { return complete_; }

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    if (abandoned_) {
      return std::nullopt;
    }
    if (std::optional<data::Chunk> rows = gone_.Next(log_.schema_, types_)) {
      return rows;
    }
    for (; part_ < parts_.size(); ++part_, next_ = 0) {
      Part& part = parts_[part_];
      next_ = std::max(next_, part.begin);
      if (next_ < part.end) {
        return NextRows(part);
      }
      if (kept_.erase(part.segment) != 0) {
        part.segment = nullptr;
      }
    }
    ended_ = true;
    return std::nullopt;
  }

  void Abandon() override {
    if (abandoned_) {
      return;
    }
    abandoned_ = true;
    for (const Part& part : parts_) {
      if (part.segment != nullptr && !kept_.contains(part.segment)) {
        part.segment->num_cut = part.begin;
      }
    }
    kept_.clear();
    if (complete_) {
      log_.is_based_ = false;
    } else {
      log_.dropped_.insert(log_.dropped_.end(), gone_.slices().begin(), gone_.slices().end());
    }
  }

  /// A segment is dropped: keeps it where it is still to be handed out.
  void Keep(Segments::node_type node) {
    Segment* segment = &node.mapped();
    const auto part = std::find_if(parts_.begin(), parts_.end(),
                                   [&](const Part& at) { return at.segment == segment; });
    if (part == parts_.end() || abandoned_) {
      return;
    }
    if (part - parts_.begin() >= static_cast<std::ptrdiff_t>(part_)) {
      kept_.emplace(segment, std::move(node));
    } else {
      part->segment = nullptr;
    }
  }

 private:
  struct Part {
    SliceId slice;
    Segment* segment = nullptr;  // nullptr: dropped since
    idx_t begin = 0;
    idx_t end = 0;
  };

  // The rest of a chunk of the segment.
  data::Chunk NextRows(const Part& part) {
    const data::Chunk& source = part.segment->rows.chunks()[next_ / base::kRowsPerChunkMax];
    const idx_t first = next_ % base::kRowsPerChunkMax;
    const idx_t count = std::min(part.end - next_, base::kRowsPerChunkMax - first);
    data::SelectionVector selection(count);
    for (idx_t i = 0; i < count; ++i) {
      selection.set_index(i, first + i);
    }
    const data::Chunk rows = source.Select(selection, count);
    data::Chunk chunk = data::Chunk::Allocate(types_);
    SetChange(RowChange::kPut, log_.schema_, part.slice, chunk);
    auto* key_groups = duckdb::FlatVector::GetData<int32_t>(chunk.column(kKeyGroupColumn));
    log_.KeyGroupsOf(rows, part.slice, range_, key_groups);
    const auto [least, greatest] = std::minmax_element(key_groups, key_groups + count);
    LAMINAR_ASSERT(range_.Contains(static_cast<uint32_t>(*least)), *least);
    LAMINAR_ASSERT(range_.Contains(static_cast<uint32_t>(*greatest)), *greatest);
    for (idx_t i = 0; i < log_.schema_.values.size(); ++i) {
      duckdb::VectorOperations::Copy(source.column(i), chunk.column(kFirstColumn + i), selection,
                                     count, 0, 0);
    }
    chunk.set_num_rows(count);
    next_ += count;
    return chunk;
  }

  RowLog& log_;
  const bool complete_;
  const KeyGroupRange range_;
  const std::vector<data::LogicalType> types_;
  GoneSlices gone_;
  std::vector<Part> parts_;
  std::map<Segment*, Segments::node_type> kept_;
  size_t part_ = 0;
  idx_t next_ = 0;  // row of the part's segment
  bool ended_ = false;
  bool abandoned_ = false;
};

absl::StatusOr<std::unique_ptr<StateCut>> RowLog::Cut(CutKind kind, KeyGroupRange range) {
  LAMINAR_ASSERT(cut_ == nullptr, range.begin);
  const bool complete = kind == CutKind::kAll || !is_based_;
  is_based_ = true;
  return std::make_unique<RunningCut>(*this, complete, range);
}

// --- the table ---

RowLog::RowLog(StateSchema schema, KeyGroups key_groups, MemoryBudget& memory)
    : schema_(std::move(schema)),
      key_groups_(std::move(key_groups)),
      types_(TypesInMemory(schema_, key_groups_.rule)),
      memory_(memory) {
  LAMINAR_ASSERT(schema_.sliced, schema_.version);
  LAMINAR_ASSERT(schema_.keys.empty(), schema_.keys.size());
  LAMINAR_ASSERT((key_groups_.rule == KeyGroupRule::kKeys) == !key_groups_.columns.empty(),
                 key_groups_.columns.size());
  for (const size_t column : key_groups_.columns) {
    LAMINAR_ASSERT(column < schema_.values.size(), column);
  }
}

RowLog::~RowLog() { LAMINAR_ASSERT(cut_ == nullptr, segments_.size()); }

absl::Status RowLog::Append(SliceId slice, const data::Chunk& chunk) {
  return SegmentOf(slice).rows.Append(chunk);
}

absl::Status RowLog::Append(SliceId slice,
                            const data::Chunk& chunk,
                            const data::SelectionVector& selection,
                            idx_t num_rows) {
  if (num_rows == 0) {
    return absl::OkStatus();
  }
  return SegmentOf(slice).rows.Append(chunk, selection, num_rows);
}

std::optional<SliceId> RowLog::First() const {
  return segments_.empty() ? std::nullopt : std::optional(segments_.begin()->first);
}

std::optional<SliceId> RowLog::Next(SliceId after) const {
  const auto found = segments_.upper_bound(after);
  return found == segments_.end() ? std::nullopt : std::optional(found->first);
}

idx_t RowLog::NumRows(SliceId slice) const {
  const auto found = segments_.find(slice);
  return found == segments_.end() ? 0 : found->second.rows.num_rows();
}

const std::vector<data::Chunk>& RowLog::Rows(SliceId slice) const {
  static const std::vector<data::Chunk> none;
  const auto found = segments_.find(slice);
  return found == segments_.end() ? none : found->second.rows.chunks();
}

void RowLog::TrimSpill(SliceId slice) const {
  if (const auto found = segments_.find(slice); found != segments_.end()) {
    found->second.rows.TrimSpill();
  }
}

// Positions mostly come in ascending order: each run of them within one chunk is appended at once.
absl::Status RowLog::Retain(SliceId slice, const std::vector<uint32_t>& positions) {
  RowSegment kept(types_, memory_);
  absl::Status status;
  const std::vector<data::Chunk>& chunks = Rows(slice);
  for (size_t first = 0; first < positions.size();) {
    const uint32_t chunk = positions[first] / base::kRowsPerChunkMax;
    data::SelectionVector selection(base::kRowsPerChunkMax);
    idx_t count = 0;
    for (; first < positions.size() && positions[first] / base::kRowsPerChunkMax == chunk &&
           count < base::kRowsPerChunkMax;
         ++first) {
      selection.set_index(count++, positions[first] % base::kRowsPerChunkMax);
    }
    status.Update(kept.Append(chunks[chunk], selection, count));
  }
  Drop(slice);
  if (kept.num_rows() > 0) {
    SegmentOf(slice).rows.Swap(kept);
  }
  return status;
}

void RowLog::Drop(SliceId slice) {
  const auto found = segments_.find(slice);
  if (found == segments_.end()) {
    return;
  }
  if (is_based_ && found->second.num_cut > 0) {
    dropped_.push_back(slice);
  }
  Segments::node_type node = segments_.extract(found);
  if (cut_ != nullptr) {
    cut_->Keep(std::move(node));
  }
}

int64_t RowLog::num_rows() const {
  int64_t sum = 0;
  for (const auto& [slice, segment] : segments_) {
    sum += static_cast<int64_t>(segment.rows.num_rows());
  }
  return sum;
}

int64_t RowLog::bytes() const {
  int64_t sum = 0;
  for (const auto& [slice, segment] : segments_) {
    sum += segment.rows.bytes();
  }
  return sum;
}

void RowLog::Clear() {
  LAMINAR_ASSERT(cut_ == nullptr, segments_.size());
  segments_.clear();
  dropped_.clear();
  is_based_ = false;
}

RowLog::Segment& RowLog::SegmentOf(SliceId slice) {
  return segments_.try_emplace(slice, types_, memory_).first->second;
}

void RowLog::KeyGroupsOf(const data::Chunk& rows,
                         SliceId slice,
                         KeyGroupRange range,
                         int32_t* key_groups) const {
  const idx_t count = rows.num_rows();
  if (key_groups_.rule == KeyGroupRule::kKeys) {
    data::Vector hashes(data::LogicalType::UBIGINT);
    data::HashKeys(rows, key_groups_.columns, hashes);
    for (idx_t i = 0; i < count; ++i) {
      key_groups[i] = static_cast<int32_t>(
          data::KeyGroupOf(duckdb::FlatVector::GetData<uint64_t>(hashes)[i], range.num_key_groups));
    }
    return;
  }
  if (key_groups_.rule == KeyGroupRule::kStored) {
    data::UnifiedVectorFormat format;
    const_cast<data::Vector&>(rows.column(types_.size() - 1)).ToUnifiedFormat(count, format);
    const auto* stored = duckdb::UnifiedVectorFormat::GetData<int32_t>(format);
    for (idx_t i = 0; i < count; ++i) {
      key_groups[i] = stored[format.sel->get_index(i)];
    }
    return;
  }
  const uint32_t all =
      key_groups_.rule == KeyGroupRule::kSlice ? KeyGroupOfSlice(slice, range.num_key_groups) : 0;
  std::fill_n(key_groups, count, static_cast<int32_t>(all));
}

// --- taking rows back ---

absl::Status RowLog::Apply(const data::Chunk& changes, KeyGroupRange range) {
  LAMINAR_ASSERT(cut_ == nullptr, range.begin);
  is_based_ = false;
  LAMINAR_ASSIGN_OR_RETURN(const ChangeRuns runs,
                           ChangeRuns::Find(changes, ChangeSchema(), schema_, range));
  data::Chunk rows = data::Chunk::Shell(types_);
  for (size_t i = 0; i < schema_.values.size(); ++i) {
    rows.column(i).Reference(const_cast<data::Vector&>(changes.column(kFirstColumn + i)));
  }
  if (key_groups_.rule == KeyGroupRule::kStored) {
    rows.column(types_.size() - 1)
        .Reference(const_cast<data::Vector&>(changes.column(kKeyGroupColumn)));
  }
  rows.set_num_rows(changes.num_rows());
  for (const ChangeRuns::Run& run : runs.runs()) {
    if (run.change == RowChange::kRemoved) {
      return base::DataLoss("a state file has changes that its table does not make: table " +
                            schema_.name);
    }
    if (run.change == RowChange::kPut) {
      LAMINAR_RETURN_IF_ERROR(Put(rows, run.slice, run.positions, range));
      continue;
    }
    std::vector<bool> gone(range.num_key_groups);
    for (const duckdb::sel_t position : run.positions) {
      gone[runs.key_group(position)] = true;
    }
    LAMINAR_RETURN_IF_ERROR(RemoveKeyGroups(run.slice, gone, range));
  }
  return absl::OkStatus();
}

absl::Status RowLog::Put(const data::Chunk& rows,
                         SliceId slice,
                         const std::vector<duckdb::sel_t>& positions,
                         KeyGroupRange range) {
  const data::SelectionVector selection(const_cast<duckdb::sel_t*>(positions.data()));
  const bool all = positions.size() == rows.num_rows();
  const data::Chunk wanted = all ? rows.Share() : rows.Select(selection, positions.size());
  int32_t key_groups[base::kRowsPerChunkMax];
  KeyGroupsOf(wanted, slice, range, key_groups);
  const auto [least, greatest] = std::minmax_element(key_groups, key_groups + positions.size());
  if (!range.Contains(static_cast<uint32_t>(*least)) ||
      !range.Contains(static_cast<uint32_t>(*greatest))) {
    return base::DataLoss("a row of a state file is in the wrong key group: table " + schema_.name);
  }
  return all ? Append(slice, rows) : Append(slice, rows, selection, positions.size());
}

absl::Status RowLog::RemoveKeyGroups(SliceId slice,
                                     const std::vector<bool>& gone,
                                     KeyGroupRange range) {
  std::vector<uint32_t> kept;
  uint32_t position = 0;
  for (const data::Chunk& chunk : Rows(slice)) {
    int32_t key_groups[base::kRowsPerChunkMax];
    KeyGroupsOf(chunk, slice, range, key_groups);
    for (idx_t i = 0; i < chunk.num_rows(); ++i, ++position) {
      if (!gone[static_cast<size_t>(key_groups[i])]) {
        kept.push_back(position);
      }
    }
  }
  return Retain(slice, kept);
}

}  // namespace laminar::engine
