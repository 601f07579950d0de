// ModelTask: one task of the simulated job: a source of numbered rows, a counter per key, or a
// sink. Its barriers go through the engine's BarrierAligner, its watermarks through its
// WatermarkCombiner; what it does at a barrier is what the engine's tasks do: cut, pass the barrier
// on, go on, store what was cut for as long as that takes, report.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_TASK_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_TASK_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bugs.h"
#include "control/checkpoint/manifest.h"
#include "data/stream_event.h"
#include "engine/network/barrier_aligner.h"
#include "engine/network/watermark_combiner.h"
#include "model_sink.h"
#include "model_store.h"
#include "rpc/checkpoint_messages.h"
#include "world.h"

namespace laminar::simulation {

struct JobShape {
  uint32_t num_keys = 40;
  uint32_t num_key_groups = 16;
  int num_splits = 6;
  int64_t rows_per_split = 0;  // 0: without end
};

/// The key of a row: all input is a function of where it is.
uint32_t KeyOfRow(const JobShape& shape, int split, int64_t offset);
uint32_t KeyGroupOfKey(const JobShape& shape, uint32_t key);

enum class Stage { kSource, kCount, kSink };
inline constexpr int kNumStages = 3;

struct TaskPlace {
  Stage stage = Stage::kSource;
  int index = 0;
  int parallelism = 1;
  data::Generation generation;
  Node worker = 0;

  std::string name() const;
};

struct Frame {
  enum class Kind { kRows, kBarrier, kEnd };
  Kind kind = Kind::kRows;
  Rows rows;
  data::Watermark watermark;
  data::Barrier barrier;
  int64_t number = 0;  // on its channel
  data::Epoch behind;  // the last barrier that its sender has passed
};

/// What a task asks of its worker.
class TaskHost {
 public:
  virtual ~TaskHost() = default;
  virtual void SendFrame(const TaskPlace& from, Stage stage, int index, Frame frame) = 0;
  virtual void Report(std::shared_ptr<rpc::TaskSnapshot> snapshot) = 0;
  virtual void TaskFailed(const absl::Status& why) = 0;
};

class ModelTask : public std::enable_shared_from_this<ModelTask> {
 public:
  ModelTask(World& world,
            Bug bug,
            const JobShape& shape,
            ModelStore& store,
            ModelSink& sink,
            TaskHost& host,
            const TaskPlace& place);

  /// Loads its part of a checkpoint; without one it begins with nothing. `done` may never come.
  void Restore(std::shared_ptr<const control::Manifest> manifest,
               std::function<void(absl::Status)> done);
  void Run();
  void TakeBarrier(data::Barrier barrier);  // of sources
  void Deliver(int channel, Frame frame);
  /// Nothing of it happens any more.
  void Kill() { killed_ = true; }

  const TaskPlace& place() const { return place_; }
  size_t num_queued() const;

 private:
  struct Upload {
    std::shared_ptr<rpc::TaskSnapshot> snapshot;
    std::map<std::string, ModelObject> objects;
    std::map<std::string, std::shared_ptr<const Rows>> staged;
  };

  void Later(int64_t nanos, Label label, std::function<void()> action);
  void Tick();
  void Process(int channel, Frame frame);
  void ProcessRows(const Frame& frame, int channel);
  void CheckWatermark(int channel, const data::Watermark& watermark);
  void Aligned(data::Barrier barrier);
  void DrainHeldBack();
  void Cut(data::Epoch epoch, bool ended);
  void CutSource(rpc::TaskSnapshot& snapshot, bool ended);
  void CutCount(Upload& upload, data::Epoch epoch);
  void CutSink(Upload& upload, data::Epoch epoch);
  void End();
  void AdvanceUploads();
  void Report();
  void RestoreFiles(std::shared_ptr<const std::vector<rpc::StateFile>> files,
                    size_t next,
                    std::function<void(absl::Status)> done);
  std::vector<data::SplitPosition> Positions() const;
  data::Watermark SourceWatermark() const;
  bool OwnsKeyGroup(uint32_t key_group) const;
  bool AllSplitsEnded() const;
  void Emit(Stage stage, int index, Frame frame);
  void EmitToAll(const Frame& frame);
  std::string NewKey(data::Epoch epoch, const char* table);

  World& world_;
  const Bug bug_;
  const JobShape& shape_;
  ModelStore& store_;
  ModelSink& sink_;
  TaskHost& host_;
  const TaskPlace place_;
  bool killed_ = false;
  bool running_ = false;
  bool ended_ = false;

  engine::BarrierAligner aligner_;
  engine::WatermarkCombiner watermarks_;
  std::vector<data::Watermark> channel_watermarks_;
  std::vector<std::deque<Frame>> held_back_;
  std::vector<int64_t> received_;  // frames, by channel
  std::vector<int64_t> sent_;      // likewise
  int num_open_channels_;
  data::Epoch passed_;  // the last barrier
  bool stopping_ = false;

  std::map<int, int64_t> splits_;      // of sources: offsets
  std::vector<int64_t> counts_;        // of counters: by key
  std::vector<bool> dirty_;            // likewise, since the last cut
  std::vector<rpc::StateFile> files_;  // likewise
  uint32_t key_group_begin_ = 0;
  uint32_t key_group_end_ = 0;
  Rows output_;  // of sinks: since the last cut
  int64_t rows_in_ = 0;
  int64_t rows_out_ = 0;
  uint64_t hash_in_ = 0;
  uint64_t hash_out_ = 0;

  int64_t num_objects_ = 0;
  std::deque<Upload> uploads_;
  bool uploading_ = false;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_TASK_H_
