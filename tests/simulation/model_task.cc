#include "model_task.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "data/key_group.h"

namespace laminar::simulation {
namespace {

constexpr uint64_t kOperators[kNumStages] = {0x51, 0x52, 0x53};
constexpr const char* kStageNames[kNumStages] = {"source", "count", "sink"};
// A table of so many files is written anew.
constexpr size_t kFilesMax = 5;
constexpr int64_t kRetryPause = 300 * kMillisecond;

rpc::OperatorId OperatorOf(Stage stage) { return {kOperators[static_cast<int>(stage)]}; }

uint64_t HashOfRow(uint32_t key, int64_t count) {
  return base::MixBits((static_cast<uint64_t>(key) << 32) ^ static_cast<uint64_t>(count));
}

size_t NumInputs(const TaskPlace& place) {
  return place.stage == Stage::kSource ? 1 : static_cast<size_t>(place.parallelism);
}

}  // namespace

uint32_t KeyOfRow(const JobShape& shape, int split, int64_t offset) {
  return static_cast<uint32_t>(
      base::MixBits(static_cast<uint64_t>(split) * 1'000'003 + static_cast<uint64_t>(offset) + 77) %
      shape.num_keys);
}

uint32_t KeyGroupOfKey(const JobShape& shape, uint32_t key) {
  return data::KeyGroupOf(base::MixBits(key + 1), shape.num_key_groups);
}

std::string TaskPlace::name() const {
  return fmt::format("{}_{}/{}", kStageNames[static_cast<int>(stage)], static_cast<int>(stage),
                     index);
}

ModelTask::ModelTask(World& world,
                     Bug bug,
                     const JobShape& shape,
                     ModelStore& store,
                     ModelSink& sink,
                     TaskHost& host,
                     const TaskPlace& place)
    : world_(world),
      bug_(bug),
      shape_(shape),
      store_(store),
      sink_(sink),
      host_(host),
      place_(place),
      aligner_(NumInputs(place)),
      watermarks_(NumInputs(place)),
      channel_watermarks_(NumInputs(place)),
      held_back_(NumInputs(place)),
      received_(NumInputs(place), 0),
      sent_(static_cast<size_t>(place.parallelism), 0),
      num_open_channels_(static_cast<int>(NumInputs(place))) {
  if (place_.stage == Stage::kSource) {
    for (int split = place_.index; split < shape_.num_splits; split += place_.parallelism) {
      splits_[split] = 0;
    }
  }
  if (place_.stage == Stage::kCount) {
    counts_.assign(shape_.num_keys, 0);
    dirty_.assign(shape_.num_keys, false);
    key_group_begin_ = shape_.num_key_groups;
    for (uint32_t group = 0; group < shape_.num_key_groups; ++group) {
      if (OwnsKeyGroup(group)) {
        key_group_begin_ = std::min(key_group_begin_, group);
        key_group_end_ = group + 1;
      }
    }
  }
}

bool ModelTask::OwnsKeyGroup(uint32_t key_group) const {
  return data::SubtaskOfKeyGroup(key_group, shape_.num_key_groups,
                                 static_cast<uint32_t>(place_.parallelism)) ==
         static_cast<uint32_t>(place_.index);
}

void ModelTask::Later(int64_t nanos, Label label, std::function<void()> action) {
  world_.After(nanos, place_.worker, label,
               [self = shared_from_this(), action = std::move(action)] {
                 if (!self->killed_) {
                   action();
                 }
               });
}

// ---- restoring

void ModelTask::Restore(std::shared_ptr<const control::Manifest> manifest,
                        std::function<void(absl::Status)> done) {
  auto files = std::make_shared<std::vector<rpc::StateFile>>();
  if (manifest != nullptr && place_.stage == Stage::kSource) {
    for (const rpc::SourceState& source : manifest->sources) {
      for (const data::SplitPosition& position : source.splits) {
        const int split = std::atoi(position.split.c_str());
        if (splits_.contains(split)) {
          splits_[split] = std::atoll(position.position.c_str());
        }
      }
    }
  }
  if (manifest != nullptr && place_.stage == Stage::kCount) {
    const uint32_t shift = bug_ == Bug::kWrongKeyGroupOnRestore && place_.parallelism > 1 ? 1 : 0;
    for (const rpc::OperatorState& op : manifest->operators) {
      for (const rpc::TableState& table : op.tables) {
        for (rpc::StateFile file : table.files) {
          file.key_group_begin = std::max(file.key_group_begin, key_group_begin_ + shift);
          file.key_group_end = std::min(file.key_group_end, key_group_end_ + shift);
          if (file.key_group_begin < file.key_group_end) {
            files->push_back(file);
          }
        }
      }
    }
    if (bug_ == Bug::kForgetLastFile && files->size() > 1) {
      files->pop_back();
    }
  }
  files_ = *files;
  RestoreFiles(files, 0, std::move(done));
}

void ModelTask::RestoreFiles(std::shared_ptr<const std::vector<rpc::StateFile>> files,
                             size_t next,
                             std::function<void(absl::Status)> done) {
  if (next == files->size()) {
    done(absl::OkStatus());
    return;
  }
  store_.Get(place_.worker, (*files)[next].object.key,
             [self = shared_from_this(), files, next, done](absl::StatusOr<ModelObject> object) {
               if (self->killed_) {
                 return;
               }
               if (absl::IsUnavailable(object.status())) {
                 self->Later(kRetryPause, Label::kTimer, [self = self.get(), files, next, done] {
                   self->RestoreFiles(files, next, done);
                 });
                 return;
               }
               if (!object.ok()) {
                 done(object.status());
                 return;
               }
               const rpc::StateFile& file = (*files)[next];
               if (object->crc32c != file.object.crc32c) {
                 self->world_.Violation("an object is not the one that the manifest names: " +
                                        file.object.key);
               }
               for (const auto& [key, count] : object->rows->counts) {
                 const uint32_t group = KeyGroupOfKey(self->shape_, key);
                 if (group >= file.key_group_begin && group < file.key_group_end) {
                   self->counts_[key] = count;
                 }
               }
               self->RestoreFiles(files, next + 1, done);
             });
}

// ---- rows

void ModelTask::Run() {
  if (running_) {
    return;
  }
  running_ = true;
  if (place_.stage == Stage::kSource) {
    Tick();
  }
}

bool ModelTask::AllSplitsEnded() const {
  return shape_.rows_per_split > 0 && std::ranges::all_of(splits_, [this](const auto& split) {
           return split.second >= shape_.rows_per_split;
         });
}

data::Watermark ModelTask::SourceWatermark() const {
  data::Watermark watermark;
  bool any = false;
  for (const auto& [split, offset] : splits_) {
    if (shape_.rows_per_split == 0 || offset < shape_.rows_per_split) {
      watermark.time.micros = any ? std::min(watermark.time.micros, offset) : offset;
      any = true;
    }
  }
  watermark.idle = !any;
  return watermark;
}

void ModelTask::Tick() {
  if (ended_ || stopping_) {
    return;
  }
  std::vector<Frame> frames(static_cast<size_t>(place_.parallelism));
  for (auto& [split, offset] : splits_) {
    uint64_t num_rows = world_.random().Uniform(5);
    while (num_rows-- > 0 && (shape_.rows_per_split == 0 || offset < shape_.rows_per_split)) {
      const uint32_t key = KeyOfRow(shape_, split, offset++);
      const uint32_t to = data::SubtaskOfKeyGroup(KeyGroupOfKey(shape_, key), shape_.num_key_groups,
                                                  static_cast<uint32_t>(place_.parallelism));
      frames[to].rows.counts.emplace_back(key, 1);
    }
  }
  for (int i = 0; i < place_.parallelism; ++i) {
    Frame& frame = frames[static_cast<size_t>(i)];
    frame.watermark = SourceWatermark();
    Emit(Stage::kCount, i, std::move(frame));
  }
  if (AllSplitsEnded()) {
    End();
    return;
  }
  Later(100 * kMillisecond + static_cast<int64_t>(world_.random().Uniform(300 * kMillisecond)),
        Label::kSourceTick, [this] { Tick(); });
}

void ModelTask::Emit(Stage stage, int index, Frame frame) {
  frame.number = ++sent_[static_cast<size_t>(index)];
  frame.behind = passed_;
  for (const auto& [key, count] : frame.rows.counts) {
    ++rows_out_;
    hash_out_ += HashOfRow(key, count);
  }
  host_.SendFrame(place_, stage, index, std::move(frame));
}

void ModelTask::EmitToAll(const Frame& frame) {
  if (place_.stage == Stage::kSink) {
    return;
  }
  const Stage next = place_.stage == Stage::kSource ? Stage::kCount : Stage::kSink;
  for (int i = 0; i < place_.parallelism; ++i) {
    Emit(next, i, frame);
  }
}

void ModelTask::Deliver(int channel, Frame frame) {
  const auto index = static_cast<size_t>(channel);
  if (frame.number != ++received_[index]) {
    world_.Violation(fmt::format("frame {} came where {} was due, at {} from {}", frame.number,
                                 received_[index], place_.name(), channel));
    return;
  }
  if (aligner_.held_back(index)) {
    held_back_[index].push_back(std::move(frame));
    return;
  }
  Process(channel, std::move(frame));
}

void ModelTask::Process(int channel, Frame frame) {
  const auto index = static_cast<size_t>(channel);
  switch (frame.kind) {
    case Frame::Kind::kRows:
      ProcessRows(frame, channel);
      return;
    case Frame::Kind::kBarrier:
      if (bug_ == Bug::kSkipAlignment) {
        if (frame.barrier.epoch > passed_) {
          Aligned(frame.barrier);
        }
        return;
      }
      if (const auto barrier = aligner_.Arrive(index, frame.barrier)) {
        Aligned(*barrier);
        DrainHeldBack();
      }
      return;
    case Frame::Kind::kEnd:
      --num_open_channels_;
      CheckWatermark(channel,
                     {.time = channel_watermarks_[index].time, .idle = true, .arrival = {}});
      if (const auto barrier = aligner_.End(index)) {
        Aligned(*barrier);
        DrainHeldBack();
      }
      if (num_open_channels_ == 0 && !ended_) {
        End();
      }
      return;
  }
}

void ModelTask::DrainHeldBack() {
  for (size_t channel = 0; channel < held_back_.size(); ++channel) {
    while (!held_back_[channel].empty() && !aligner_.held_back(channel)) {
      Frame frame = std::move(held_back_[channel].front());
      held_back_[channel].pop_front();
      Process(static_cast<int>(channel), std::move(frame));
    }
  }
}

size_t ModelTask::num_queued() const {
  size_t num_queued = 0;
  for (const auto& queue : held_back_) {
    num_queued += queue.size();
  }
  return num_queued;
}

void ModelTask::CheckWatermark(int channel, const data::Watermark& watermark) {
  const data::Watermark before = watermarks_.combined();
  channel_watermarks_[static_cast<size_t>(channel)] = watermark;
  watermarks_.Update(static_cast<size_t>(channel), watermark);
  const data::Watermark after = watermarks_.combined();
  if (after.time < before.time) {
    world_.Violation("the watermark went back at " + place_.name());
  }
  for (const data::Watermark& one : channel_watermarks_) {
    if (!one.idle && !after.idle && after.time > std::max(before.time, one.time)) {
      world_.Violation("the watermark has overtaken an active input of " + place_.name());
    }
  }
}

void ModelTask::ProcessRows(const Frame& frame, int channel) {
  if (frame.behind != passed_) {
    world_.Violation(fmt::format("{} mixes epochs: rows behind barrier {} came after barrier {}",
                                 place_.name(), frame.behind.value, passed_.value));
  }
  CheckWatermark(channel, frame.watermark);
  for (const auto& [key, count] : frame.rows.counts) {
    ++rows_in_;
    hash_in_ += HashOfRow(key, count);
  }
  if (place_.stage == Stage::kSink) {
    output_.counts.insert(output_.counts.end(), frame.rows.counts.begin(), frame.rows.counts.end());
    return;
  }
  std::vector<Frame> frames(static_cast<size_t>(place_.parallelism));
  for (const auto& [key, one] : frame.rows.counts) {
    if (!OwnsKeyGroup(KeyGroupOfKey(shape_, key))) {
      world_.Violation(fmt::format("key {} came to {}, which does not own it", key, place_.name()));
    }
    counts_[key] += one;
    dirty_[key] = true;
    frames[key % static_cast<uint32_t>(place_.parallelism)].rows.counts.emplace_back(key,
                                                                                     counts_[key]);
  }
  for (int i = 0; i < place_.parallelism; ++i) {
    Frame& out = frames[static_cast<size_t>(i)];
    if (!out.rows.counts.empty()) {
      out.watermark = watermarks_.combined();
      Emit(Stage::kSink, i, std::move(out));
    }
  }
}

// ---- barriers

void ModelTask::TakeBarrier(data::Barrier barrier) {
  if (ended_ || stopping_ || barrier.epoch <= passed_) {
    return;
  }
  Aligned(barrier);
}

void ModelTask::Aligned(data::Barrier barrier) {
  if (barrier.epoch <= passed_) {
    world_.Violation(
        fmt::format("barrier {} came after barrier {}", barrier.epoch.value, passed_.value));
  }
  // The barrier still belongs to what came before it; rows behind it do not.
  Frame frame;
  frame.kind = Frame::Kind::kBarrier;
  frame.barrier = barrier;
  Cut(barrier.epoch, /*ended=*/false);
  EmitToAll(frame);
  passed_ = barrier.epoch;
  stopping_ = stopping_ || barrier.stop;
}

void ModelTask::End() {
  ended_ = true;
  Cut({passed_.value + 1}, /*ended=*/true);
  Frame frame;
  frame.kind = Frame::Kind::kEnd;
  EmitToAll(frame);
}

std::vector<data::SplitPosition> ModelTask::Positions() const {
  std::vector<data::SplitPosition> positions;
  for (const auto& [split, offset] : splits_) {
    positions.push_back({.split = std::to_string(split), .position = std::to_string(offset)});
  }
  return positions;
}

std::string ModelTask::NewKey(data::Epoch epoch, const char* table) {
  return fmt::format("data/g{}/e{}/{:016x}/{}-{}-{}.parquet", place_.generation.value, epoch.value,
                     OperatorOf(place_.stage).fingerprint, table, place_.index, ++num_objects_);
}

void ModelTask::Cut(data::Epoch epoch, bool ended) {
  Upload upload;
  upload.snapshot = std::make_shared<rpc::TaskSnapshot>();
  rpc::TaskSnapshot& snapshot = *upload.snapshot;
  snapshot.task = place_.name();
  snapshot.generation = place_.generation;
  snapshot.epoch = epoch;
  snapshot.ended = ended;
  const rpc::OperatorId self = OperatorOf(place_.stage);
  if (place_.stage != Stage::kSource) {
    const auto before = OperatorOf(place_.stage == Stage::kCount ? Stage::kSource : Stage::kCount);
    snapshot.edges.push_back({.from = before,
                              .to = self,
                              .input = 0,
                              .sent = false,
                              .num_rows = rows_in_,
                              .hash = hash_in_});
  }
  if (place_.stage != Stage::kSink) {
    const auto after = OperatorOf(place_.stage == Stage::kSource ? Stage::kCount : Stage::kSink);
    snapshot.edges.push_back({.from = self,
                              .to = after,
                              .input = 0,
                              .sent = true,
                              .num_rows = rows_out_,
                              .hash = hash_out_});
  }
  switch (place_.stage) {
    case Stage::kSource:
      CutSource(snapshot, ended);
      break;
    case Stage::kCount:
      CutCount(upload, epoch);
      break;
    case Stage::kSink:
      CutSink(upload, epoch);
      break;
  }
  uploads_.push_back(std::move(upload));
  AdvanceUploads();
}

void ModelTask::CutSource(rpc::TaskSnapshot& snapshot, bool ended) {
  snapshot.source = rpc::SourceState{.op = OperatorOf(Stage::kSource),
                                     .name = "source",
                                     .splits = Positions(),
                                     .watermark_micros = SourceWatermark().time.micros,
                                     .ended = ended};
}

void ModelTask::CutCount(Upload& upload, data::Epoch epoch) {
  const bool whole = files_.size() >= kFilesMax;
  Rows rows;
  for (uint32_t key = 0; key < shape_.num_keys; ++key) {
    if (dirty_[key] || (whole && counts_[key] > 0)) {
      rows.counts.emplace_back(key, counts_[key]);
    }
    dirty_[key] = false;
  }
  if (!rows.counts.empty()) {
    if (whole) {
      files_.clear();
    }
    ModelObject object;
    object.bytes = static_cast<int64_t>(rows.counts.size()) * 16 + 1;
    object.crc32c = rows.Checksum();
    const std::string key = NewKey(epoch, "counts");
    files_.push_back({.object = {.key = key, .bytes = object.bytes, .crc32c = object.crc32c},
                      .epoch = epoch,
                      .key_group_begin = key_group_begin_,
                      .key_group_end = key_group_end_,
                      .num_rows = static_cast<int64_t>(rows.counts.size())});
    upload.snapshot->bytes_written = object.bytes;
    object.rows = std::make_shared<Rows>(std::move(rows));
    upload.objects.emplace(key, std::move(object));
  }
  rpc::TableState table;
  table.name = "counts";
  table.files = files_;
  upload.snapshot->operators = {{.op = OperatorOf(Stage::kCount),
                                 .name = "count",
                                 .description = "",
                                 .tables = {std::move(table)}}};
}

void ModelTask::CutSink(Upload& upload, data::Epoch epoch) {
  rpc::SinkState sink;
  sink.op = OperatorOf(Stage::kSink);
  sink.name = "sink";
  sink.subtask = place_.index;
  if (!output_.counts.empty()) {
    const std::string name = NewKey(epoch, "rows");
    sink.commits = {name};
    upload.staged.emplace(name, std::make_shared<Rows>(std::exchange(output_, {})));
  }
  upload.snapshot->sink = std::move(sink);
}

void ModelTask::AdvanceUploads() {
  if (uploading_ || uploads_.empty()) {
    return;
  }
  uploading_ = true;
  Upload& upload = uploads_.front();
  if (bug_ == Bug::kAckBeforeUpload && upload.snapshot != nullptr) {
    host_.Report(std::exchange(upload.snapshot, nullptr));
  }
  const auto stored = [self = shared_from_this()](const std::string& key, bool staged) {
    return [self, key, staged](base::Outcome outcome) {
      if (self->killed_) {
        return;
      }
      self->uploading_ = false;
      if (outcome.applied()) {
        Upload& upload = self->uploads_.front();
        if (staged) {
          upload.staged.erase(key);
        } else {
          upload.objects.erase(key);
        }
        self->AdvanceUploads();
        return;
      }
      self->uploading_ = true;
      self->Later(kRetryPause, Label::kTimer, [self = self.get()] {
        self->uploading_ = false;
        self->AdvanceUploads();
      });
    };
  };
  if (!upload.objects.empty()) {
    const auto& [key, object] = *upload.objects.begin();
    store_.Put(place_.worker, key, object, stored(key, /*staged=*/false));
    return;
  }
  if (!upload.staged.empty()) {
    const auto& [name, rows] = *upload.staged.begin();
    sink_.Stage(place_.worker, name, rows, stored(name, /*staged=*/true));
    return;
  }
  uploading_ = false;
  Report();
}

void ModelTask::Report() {
  Upload upload = std::move(uploads_.front());
  uploads_.pop_front();
  if (upload.snapshot != nullptr && bug_ == Bug::kReadOffsetsTooLate &&
      upload.snapshot->source.has_value()) {
    Later(500 * kMillisecond, Label::kTimer, [this, snapshot = upload.snapshot] {
      snapshot->source->splits = Positions();
      host_.Report(snapshot);
    });
  } else if (upload.snapshot != nullptr) {
    host_.Report(std::move(upload.snapshot));
  }
  AdvanceUploads();
}

}  // namespace laminar::simulation
