#include "engine/state/cold_rows.h"

#include "base/assert.h"
#include "engine/state/packed_row.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using duckdb::sel_t;

// First byte of a key: a row, or that it has changed.
constexpr char kRow = 'r';
constexpr char kChange = 'c';

// Most significant byte first, so that keys are in the order of numbers.
void AppendNumber(uint64_t number, std::string& bytes) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(number >> shift));
  }
}

std::string Prefix(char kind, uint64_t number) {
  std::string prefix(1, kind);
  AppendNumber(number, prefix);
  return prefix;
}

std::string Prefix(char kind, uint64_t table, uint64_t epoch) {
  std::string prefix = Prefix(kind, table);
  AppendNumber(epoch, prefix);
  return prefix;
}

constexpr size_t kRowPrefixBytes = 1 + sizeof(uint64_t);
constexpr size_t kChangePrefixBytes = kRowPrefixBytes + sizeof(uint64_t);

}  // namespace

// --- rows as they were read ---

void LoadedRows::Clear() {
  texts_.clear();
  rows_.clear();
}

void LoadedRows::Add(std::string_view packed) { texts_.emplace_back(packed); }

uint8_t* const* LoadedRows::rows() {
  memory_.resize(texts_.size() * layout_.row_bytes());
  rows_.clear();
  for (size_t i = 0; i < texts_.size(); ++i) {
    rows_.push_back(memory_.data() + i * layout_.row_bytes());
    LoadPackedRow(layout_, texts_[i], rows_.back());
  }
  return rows_.data();
}

// --- the table's part of the store ---

ColdRows::ColdRows(const RowLayout& layout, RowStore& store)
    : layout_(layout), store_(store), table_(store.AddTable()) {}

// What cannot be removed only takes room, and goes with the store.
ColdRows::~ColdRows() {
  store_.RemoveRange(Prefix(kRow, table_), Prefix(kRow, table_ + 1)).IgnoreError();
  store_.RemoveRange(Prefix(kChange, table_), Prefix(kChange, table_ + 1)).IgnoreError();
  values_ = RowStore::Values();  // may hold on to blocks of the database
  store_.RemoveTable();
}

absl::Status ColdRows::Put(uint8_t* const* rows, idx_t count, const std::vector<bool>& changed) {
  for (idx_t i = 0; i < count; ++i) {
    key_ = Prefix(kRow, table_);
    AppendPackedKey(layout_, rows[i], key_);
    packed_.clear();
    AppendPackedRow(layout_, rows[i], packed_);
    batch_.Put(key_, packed_);
    if (!changed.empty() && changed[i]) {
      std::string change = Prefix(kChange, table_, epoch_);
      change.append(key_, kRowPrefixBytes);
      batch_.Put(change, "");
    }
  }
  LAMINAR_RETURN_IF_ERROR(store_.Apply(batch_));
  num_rows_ += static_cast<int64_t>(count);
  return absl::OkStatus();
}

absl::Status ColdRows::Recall(const std::vector<uint8_t*>& rows,
                              expression::StateStrings& strings,
                              std::vector<sel_t>& missing) {
  keys_.resize(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    keys_[i] = Prefix(kRow, table_);
    AppendPackedKey(layout_, rows[i], keys_[i]);
  }
  LAMINAR_RETURN_IF_ERROR(store_.Get(keys_, nullptr, values_));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!values_.found(i)) {
      missing.push_back(static_cast<sel_t>(i));
      continue;
    }
    const uint8_t flags = layout_.FlagsOf(rows[i]);
    layout_.ReleaseText(rows[i], strings);
    LoadPackedRow(layout_, values_.value(i), rows[i]);
    OwnLoadedText(layout_, rows[i], strings);
    layout_.FlagsOf(rows[i]) = flags;
    --num_rows_;
  }
  return absl::OkStatus();
}

absl::Status ColdRows::Remove(const uint8_t* row) {
  key_ = Prefix(kRow, table_);
  AppendPackedKey(layout_, row, key_);
  batch_.Remove(key_);
  return store_.Apply(batch_);
}

absl::Status ColdRows::RemoveCold(const uint8_t* row) {
  LAMINAR_RETURN_IF_ERROR(Remove(row));
  --num_rows_;
  return absl::OkStatus();
}

// --- walks ---

ColdRows::Walk::Walk(ColdRows& rows, const RowStore::Snapshot* snapshot)
    : scan_(rows.store_, Prefix(kRow, rows.table_), Prefix(kRow, rows.table_ + 1), snapshot) {}

absl::Status ColdRows::Walk::Next(idx_t count_max, LoadedRows& rows) {
  rows.Clear();
  for (; rows.size() < count_max && !scan_.AtEnd(); scan_.Next()) {
    rows.Add(scan_.value());
  }
  return scan_.status();
}

// --- cuts ---

ColdRows::Cut::Cut(ColdRows& rows, bool all)
    : rows_(rows), epoch_(rows.epoch_++), snapshot_(rows.store_) {
  if (all) {
    all_ = std::make_unique<Walk>(rows, &snapshot_);
  } else {
    // Changes of cuts that were abandoned are still there.
    changed_ =
        std::make_unique<RowStore::Scan>(rows.store_, Prefix(kChange, rows.table_),
                                         Prefix(kChange, rows.table_, epoch_ + 1), &snapshot_);
  }
}

absl::Status ColdRows::Cut::Next(idx_t count_max, LoadedRows& rows) {
  return all_ != nullptr ? all_->Next(count_max, rows) : NextChanged(count_max, rows);
}

absl::Status ColdRows::Cut::NextChanged(idx_t count_max, LoadedRows& rows) {
  rows.Clear();
  while (rows.size() == 0 && !changed_->AtEnd()) {
    keys_.clear();
    for (; keys_.size() < count_max && !changed_->AtEnd(); changed_->Next()) {
      keys_.push_back(Prefix(kRow, rows_.table_));
      keys_.back().append(changed_->key().substr(kChangePrefixBytes));
    }
    LAMINAR_RETURN_IF_ERROR(rows_.store_.Get(keys_, &snapshot_, values_));
    for (size_t i = 0; i < keys_.size(); ++i) {
      if (values_.found(i)) {  // or it was removed, which the table has noted
        rows.Add(values_.value(i));
      }
    }
  }
  return changed_->status();
}

absl::Status ColdRows::Cut::Finish() {
  rows_.batch_.RemoveRange(Prefix(kChange, rows_.table_),
                           Prefix(kChange, rows_.table_, epoch_ + 1));
  return rows_.store_.Apply(rows_.batch_);
}

}  // namespace laminar::engine
