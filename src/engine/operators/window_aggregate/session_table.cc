#include "engine/operators/window_aggregate/session_table.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "base/assert.h"
#include "data/key_group.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;

// Deadlines are told apart to this part of the gap: a session that is always extended is looked at
// about as often per gap.
constexpr int64_t kTimerStepsPerGap = 16;

// Of a session's row, after the states.
enum SessionColumn : size_t { kStart, kLast, kId, kKey, kEarlier, kLater, kNumSessionColumns };

data::Field Number(std::string name) { return {std::move(name), LogicalType::BIGINT, false}; }

StateSchema SnapshotColumns(const AggregatePlan& plan, const std::vector<data::Field>& keys) {
  StateSchema schema{
      .name = "sessions", .version = 1, .keys = keys, .values = plan.values(), .sliced = false};
  schema.keys.push_back(Number("_session"));
  for (const char* name : {"_session_start", "_session_last"}) {
    schema.values.push_back(Number(name));
  }
  return schema;
}

StateSchema MergedSchema() {
  return {.name = "merged",
          .version = 1,
          .keys = {Number("_session")},
          .values = {Number("_into")},
          .sliced = false};
}

std::vector<data::Field> SessionColumns(const AggregatePlan& plan) {
  std::vector<data::Field> columns = plan.values();
  for (const char* name : {"start", "last", "id", "key", "earlier", "later"}) {
    columns.push_back(Number(name));
  }
  for (size_t i = 0; i < plan.rows().size(); ++i) {
    columns.push_back(Number("first_row"));
    columns.push_back(Number("last_row"));
  }
  return columns;
}

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return quotient * b > a ? quotient - 1 : quotient;
}

}  // namespace

SessionTable::SessionTable(AggregatePlan& plan,
                           const std::vector<data::Field>& keys,
                           int64_t gap,
                           int num_key_groups,
                           MemoryBudget& memory)
    : plan_(plan),
      gap_(gap),
      num_key_groups_(num_key_groups),
      schema_(SnapshotColumns(plan, keys)),
      key_layout_(keys, {Number("latest")}),
      session_layout_({}, SessionColumns(plan)),
      memory_(memory),
      keys_(std::make_unique<KeyedTable>(key_layout_, memory)),
      sessions_(std::make_unique<RowArena>(session_layout_, memory)),
      merged_(MergedSchema(), KeyGroupRule::kStored, memory),
      into_(merged_.layout().field(1)),
      merged_keys_(merged_.layout(), {0}),
      timer_step_(std::max<int64_t>(gap / kTimerStepsPerGap, 1)) {
  plan.Place(session_layout_);
  latest_ = key_layout_.field(keys.size());
  const size_t first = plan.values().size();
  start_ = session_layout_.field(first + kStart);
  last_ = session_layout_.field(first + kLast);
  id_ = session_layout_.field(first + kId);
  key_ = session_layout_.field(first + kKey);
  earlier_ = session_layout_.field(first + kEarlier);
  later_ = session_layout_.field(first + kLater);
  for (size_t i = 0; i < plan.rows().size(); ++i) {
    first_row_.push_back(session_layout_.field(first + kNumSessionColumns + 2 * i));
    last_row_.push_back(session_layout_.field(first + kNumSessionColumns + 2 * i + 1));
  }
  MakeChainTables();
}

uint8_t* SessionTable::LoadRow(const expression::StateField& field, const uint8_t* row) {
  return reinterpret_cast<uint8_t*>(field.Load<uint64_t>(row));
}

void SessionTable::StoreRow(const expression::StateField& field,
                            uint8_t* row,
                            const uint8_t* value) {
  field.Store(row, reinterpret_cast<uint64_t>(value));
}

// --- rows come ---

void SessionTable::FindKeys(const KeyColumns& keys,
                            idx_t count,
                            uint8_t** key_rows,
                            std::vector<duckdb::sel_t>* inserted) {
  keys_->FindOrInsert(keys, nullptr, count, key_rows, inserted);
}

void SessionTable::DropIfEmpty(uint8_t* key_row) {
  if (LoadRow(latest_, key_row) == nullptr) {
    keys_->Erase(key_row);
  }
}

SessionTable::Found SessionTable::Find(const uint8_t* key_row, int64_t time) const {
  Found found;
  uint8_t* session = LoadRow(latest_, key_row);
  while (session != nullptr && time < start_.Load<int64_t>(session) - gap_) {
    found.later = session;
    session = LoadRow(earlier_, session);
  }
  if (session == nullptr || time > DeadlineOf(session)) {
    return found;
  }
  found.session = session;
  uint8_t* before = LoadRow(earlier_, session);
  if (before != nullptr && time <= DeadlineOf(before)) {
    found.joins = before;
  }
  return found;
}

uint8_t* SessionTable::Add(uint8_t* key_row, int64_t time, const Found& found) {
  uint8_t* session = sessions_->AllocateRow();
  start_.Store(session, time);
  last_.Store(session, time);
  id_.Store(session, NewId(key_row));
  Link(session, key_row, found.later);
  Touch(session);
  Arm(session);
  return session;
}

int64_t SessionTable::NewId(const uint8_t* key_row) {
  return next_number_++ * num_key_groups_ + KeyGroupOfKey(key_row);
}

uint32_t SessionTable::KeyGroupOfKey(const uint8_t* key_row) const {
  return data::KeyGroupOf(RowLayout::HashOf(key_row), static_cast<uint32_t>(num_key_groups_));
}

void SessionTable::Extend(uint8_t* session, int64_t time) {
  Touch(session);
  start_.Store(session, std::min(start_.Load<int64_t>(session), time));
  last_.Store(session, std::max(last_.Load<int64_t>(session), time));
}

absl::Status SessionTable::Merge(uint8_t* session, uint8_t* earlier) {
  Touch(session);
  LAMINAR_RETURN_IF_ERROR(plan_.Combine(&earlier, &session, 1, *sessions_));
  start_.Store(session, std::min(start_.Load<int64_t>(session), start_.Load<int64_t>(earlier)));
  last_.Store(session, std::max(last_.Load<int64_t>(session), last_.Load<int64_t>(earlier)));
  for (size_t i = 0; i < rows_.size(); ++i) {
    const RowRef first = first_row_[i].Load<RowRef>(earlier);
    if (first) {
      const RowRef last = last_row_[i].Load<RowRef>(session);
      if (last) {
        rows_[i]->SetNext(last, first);
      } else {
        first_row_[i].Store(session, first);
      }
      last_row_[i].Store(session, last_row_[i].Load<RowRef>(earlier));
    }
  }
  NoteMerge(session, earlier);
  if (changes_ != nullptr) {
    changes_->Erase(earlier);
  }
  Unlink(earlier);
  sessions_->FreeRow(earlier);
  return rows_.empty() ? absl::OkStatus() : merged_.All().status();
}

void SessionTable::Chain(size_t index, const std::vector<RowRef>& refs, uint8_t* const* sessions) {
  for (size_t i = 0; i < refs.size(); ++i) {
    const RowRef last = last_row_[index].Load<RowRef>(sessions[i]);
    if (last) {
      rows_[index]->SetNext(last, refs[i]);
    } else {
      first_row_[index].Store(sessions[i], refs[i]);
    }
    last_row_[index].Store(sessions[i], refs[i]);
  }
}

RowRef SessionTable::FirstRow(size_t index, const uint8_t* session) const {
  return first_row_[index].Load<RowRef>(session);
}

void SessionTable::Link(uint8_t* session, uint8_t* key_row, uint8_t* later) {
  uint8_t* earlier = later == nullptr ? LoadRow(latest_, key_row) : LoadRow(earlier_, later);
  StoreRow(key_, session, key_row);
  StoreRow(later_, session, later);
  StoreRow(earlier_, session, earlier);
  if (earlier != nullptr) {
    StoreRow(later_, earlier, session);
  }
  later == nullptr ? StoreRow(latest_, key_row, session) : StoreRow(earlier_, later, session);
}

void SessionTable::Unlink(uint8_t* session) {
  uint8_t* earlier = LoadRow(earlier_, session);
  uint8_t* later = LoadRow(later_, session);
  if (earlier != nullptr) {
    StoreRow(later_, earlier, later);
  }
  later == nullptr ? StoreRow(latest_, KeyOf(session), earlier)
                   : StoreRow(earlier_, later, earlier);
}

// --- sessions end ---

void SessionTable::Arm(uint8_t* session) {
  timers_[FloorDivide(DeadlineOf(session), timer_step_)].push_back({session, IdOf(session)});
}

std::vector<uint8_t*> SessionTable::TakeDue(int64_t watermark) {
  std::vector<uint8_t*> due;
  std::vector<uint8_t*> alive;
  while (!timers_.empty() && timers_.begin()->first <= FloorDivide(watermark, timer_step_)) {
    for (const Timer& timer : timers_.begin()->second) {
      // A row that was freed and used again has another id, or none.
      if (IdOf(timer.session) == timer.id) {
        (DeadlineOf(timer.session) < watermark ? due : alive).push_back(timer.session);
      }
    }
    timers_.erase(timers_.begin());
  }
  for (uint8_t* session : alive) {
    Arm(session);
  }
  std::sort(due.begin(), due.end(), [this](const uint8_t* a, const uint8_t* b) {
    const int64_t end_a = DeadlineOf(a);
    const int64_t end_b = DeadlineOf(b);
    return end_a != end_b ? end_a < end_b : IdOf(a) < IdOf(b);
  });
  return due;
}

void SessionTable::BeginClose(uint8_t* const* sessions, idx_t count) {
  if (changes_ != nullptr) {
    changes_->Touch(sessions, count);
  }
}

void SessionTable::Remove(uint8_t* session) {
  uint8_t* key_row = KeyOf(session);
  ForgetMerges(IdOf(session));
  if (changes_ != nullptr) {
    changes_->Erase(session);
  }
  Unlink(session);
  sessions_->FreeRow(session);
  DropIfEmpty(key_row);
}

SliceId SessionTable::WindowOf(const uint8_t* session) const {
  return {.end = DeadlineOf(session), .start = start_.Load<int64_t>(session)};
}

uint8_t* SessionTable::KeyOf(const uint8_t* session) const { return LoadRow(key_, session); }

absl::Status SessionTable::status() const {
  LAMINAR_RETURN_IF_ERROR(keys_->status());
  return sessions_->charge().status();
}

int64_t SessionTable::bytes() const {
  int64_t sum = keys_->bytes() + sessions_->bytes() + merged_.bytes() +
                (changes_ == nullptr ? 0 : changes_->bytes());
  for (const std::unique_ptr<ChainedRows>& rows : rows_) {
    sum += rows->bytes();
  }
  return sum;
}

}  // namespace laminar::engine
