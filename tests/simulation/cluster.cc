#include "cluster.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"

namespace laminar::simulation {
namespace {

constexpr int64_t kFaultsBegin = 15 * kSecond;
constexpr int64_t kRecoveryTime = 60 * kSecond;

JobShape DrawShape(base::Random& random) {
  JobShape shape;
  shape.num_keys = 5 + static_cast<uint32_t>(random.Uniform(60));
  shape.num_key_groups = 8 << random.Uniform(3);
  shape.num_splits = 4 + static_cast<int>(random.Uniform(4));
  shape.rows_per_split = random.OneIn(3) ? 200 + static_cast<int64_t>(random.Uniform(4000)) : 0;
  return shape;
}

control::CoordinatorOptions DrawCoordinator(base::Random& random) {
  control::CoordinatorOptions options;
  options.interval_nanos = kSecond + static_cast<int64_t>(random.Uniform(8 * kSecond));
  options.timeout_nanos = 4 * kSecond + static_cast<int64_t>(random.Uniform(20 * kSecond));
  options.pause_nanos_min = random.OneIn(2) ? 0 : static_cast<int64_t>(random.Uniform(2 * kSecond));
  options.in_flight_max = random.OneIn(3) ? 2 : 1;
  options.uncommitted_max = 1 + static_cast<int>(random.Uniform(8));
  options.pauses = {.first_nanos = 100 * kMillisecond, .max_nanos = 3 * kSecond};
  return options;
}

}  // namespace

Cluster::Cluster(const HistoryOptions& options)
    : options_(options),
      world_(options.seed, options.traces),
      store_(world_),
      log_(world_, options.bug),
      lease_(world_),
      sink_(world_, 5 + 60),
      directory_{.world = world_,
                 .bug = options.bug,
                 .shape = {},
                 .coordinator = {},
                 .retention = {},
                 .store = store_,
                 .log = log_,
                 .lease = lease_,
                 .sink = sink_},
      oracles_(world_, options.bug, shape_, store_, log_, sink_) {
  base::Random random(base::MixBits(options.seed ^ 0x5ba9e));
  shape_ = DrawShape(random);
  directory_.shape = shape_;
  directory_.coordinator = DrawCoordinator(random);
  directory_.retention.num_complete = 1 + static_cast<int>(random.Uniform(3));
  lease_.wishes.parallelism = 1 + static_cast<int>(random.Uniform(4));
  faults_end_ = kFaultsBegin + (60 + static_cast<int64_t>(random.Uniform(500))) * kSecond;
  Connect();
}

Cluster::~Cluster() {
  for (auto& controller : directory_.controllers) {
    controller->Crash();
  }
  for (auto& worker : directory_.workers) {
    worker->Crash();
  }
}

void Cluster::Connect() {
  for (Node node = 0; node < kNumControllers; ++node) {
    directory_.controllers.push_back(std::make_unique<ModelController>(directory_, node));
  }
  for (Node node = kFirstWorker; node < kFirstWorker + kNumWorkers; ++node) {
    directory_.workers.push_back(std::make_unique<ModelWorker>(directory_, node));
  }
  directory_.worker_of = [this](data::Generation generation, Stage stage, int index) {
    return places_.at({generation, {stage, index}});
  };
  directory_.on_place = [this](data::Generation generation, const auto& places) {
    OnPlace(generation, places);
  };
  directory_.on_restore = [this](data::Generation generation, data::Epoch epoch) {
    OnRestore(generation, epoch);
  };
  directory_.on_job_failed = [this](const absl::Status& why) { oracles_.OnJobFailed(why); };
}

HistoryResult Cluster::Run() {
  for (Node node = 0; node < kFirstWorker + kNumWorkers; ++node) {
    world_.After(static_cast<int64_t>(world_.random().Uniform(kSecond)), node, Label::kTimer,
                 [this, node] { Boot(node); });
  }
  result_.plan = DrawFaults(options_.seed, kFaultsBegin, faults_end_);
  for (size_t i = 0; i < result_.plan.size(); ++i) {
    if (!options_.left_out.contains(i)) {
      world_.After(result_.plan[i].at, kStoreNode, Label::kFault,
                   [this, fault = result_.plan[i]] { Inject(fault); });
    }
  }
  Operate();
  world_.RunUntil(faults_end_);
  Heal();
  ExpectProgress("after the faults have stopped");
  lease_.wishes.running = false;
  ExpectStopped();
  lease_.wishes.running = true;
  ExpectProgress("after a stop and a start");
  lease_.wishes.running = false;
  ExpectStopped();
  oracles_.ExpectNoGarbage(Finished());
  result_.violations = world_.violations();
  result_.trace_hash = world_.trace_hash();
  result_.simulated_nanos = world_.now();
  result_.num_events = world_.num_events();
  result_.num_epochs = log_.history().newest_epoch.value;
  result_.num_generations = log_.history().generation.value;
  result_.num_rows = sink_.num_rows();
  return result_;
}

// ---- faults

void Cluster::Boot(Node node) {
  if (node < kFirstWorker) {
    directory_.controllers[static_cast<size_t>(node)]->Boot();
  } else {
    directory_.workers[static_cast<size_t>(node - kFirstWorker)]->Boot();
  }
}

void Cluster::Crash(Node node, int64_t down) {
  if (!world_.alive(node)) {
    return;
  }
  world_.Crash(node);
  if (node < kFirstWorker) {
    directory_.controllers[static_cast<size_t>(node)]->Crash();
  } else {
    directory_.workers[static_cast<size_t>(node - kFirstWorker)]->Crash();
  }
  world_.After(down, kStoreNode, Label::kFault, [this, node] {
    if (!world_.alive(node)) {
      world_.Restart(node);
      Boot(node);
    }
  });
}

void Cluster::Inject(const Fault& fault) {
  if (!faulty_) {
    return;
  }
  ++result_.num_faults[static_cast<size_t>(fault.kind)];
  if (world_.traces()) {
    world_.Trace("fault: " + Describe(fault));
  }
  InjectOnProcesses(fault);
  InjectOnServices(fault);
  InjectOnJob(fault);
}

void Cluster::InjectOnProcesses(const Fault& fault) {
  const Node worker = kFirstWorker + static_cast<Node>(fault.target % kNumWorkers);
  const Node controller = static_cast<Node>(fault.target % kNumControllers);
  const int64_t until = world_.now() + fault.duration;
  switch (fault.kind) {
    case FaultKind::kCrashWorker:
      Crash(worker, fault.duration);
      break;
    case FaultKind::kCrashController:
      Crash(controller, fault.duration);
      break;
    case FaultKind::kCrashInRecovery:
      ++num_crashes_in_recovery_;
      recovery_target_ = fault.target;
      break;
    case FaultKind::kPauseWorker:
      world_.Pause(worker, fault.duration);
      break;
    case FaultKind::kPauseController:
      world_.Pause(controller, fault.duration);
      break;
    case FaultKind::kTaskFails:
      directory_.workers[static_cast<size_t>(worker - kFirstWorker)]->FailTask(
          base::Internal("a task has failed"));
      break;
    case FaultKind::kPartition:
    case FaultKind::kPartitionOneWay: {
      const Node one = static_cast<Node>(fault.target % (kFirstWorker + kNumWorkers));
      const Node other = static_cast<Node>((fault.target >> 16) % kNumNodes);
      world_.Block(one, other, until);
      if (fault.kind == FaultKind::kPartition) {
        world_.Block(other, one, until);
      }
      break;
    }
    case FaultKind::kDelays:
      world_.delays = {.until = until, .rate = fault.rate};
      break;
    case FaultKind::kDoubles:
      world_.doubles = {.until = until, .rate = fault.rate};
      break;
    case FaultKind::kLosses:
      world_.losses = {.until = until, .rate = fault.rate};
      break;
    default:
      break;
  }
}

void Cluster::InjectOnServices(const Fault& fault) {
  const Window window = {.until = world_.now() + fault.duration, .rate = fault.rate};
  switch (fault.kind) {
    case FaultKind::kStoreRefuses:
      store_.refusals = window;
      break;
    case FaultKind::kStoreLosesAnswers:
      store_.lost_answers = window;
      break;
    case FaultKind::kStoreOutage:
      store_.refusals = {.until = window.until + 20 * kSecond, .rate = 1};
      break;
    case FaultKind::kDiskFull:
      store_.disk_full = {.until = window.until, .rate = 1};
      break;
    case FaultKind::kDamage: {
      const std::string key = store_.Damage(fault.target);
      if (world_.traces()) {
        world_.Trace("damaged: " + key);
      }
      world_.After(fault.duration, kStoreNode, Label::kFault, [this] { store_.Repair(); });
      break;
    }
    case FaultKind::kLogRefuses:
      log_.refusals = window;
      break;
    case FaultKind::kLogLosesAnswers:
      log_.lost_answers = window;
      break;
    case FaultKind::kSinkRefuses:
      sink_.refusals = window;
      break;
    case FaultKind::kSinkLosesAnswers:
      sink_.lost_answers = window;
      break;
    case FaultKind::kLeaseExpires:
      lease_.Expire();
      break;
    case FaultKind::kClockJump:
      // Nothing of the protocol looks at the wall clock; what it shows is noted all the same.
      directory_.wall_offset_nanos =
          static_cast<int64_t>(fault.target % (48 * 3600)) * kSecond - 24 * 3600 * kSecond;
      break;
    default:
      break;
  }
}

void Cluster::InjectOnJob(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kRescale:
      lease_.wishes.parallelism = 1 + static_cast<int>(fault.target % 4);
      break;
    case FaultKind::kSavepoint:
      ++lease_.wishes.checkpoints;
      break;
    case FaultKind::kStopAndStart:
    case FaultKind::kUpgrade: {
      lease_.wishes.running = false;
      const bool replaces = fault.kind == FaultKind::kUpgrade;
      world_.After(fault.duration, kStoreNode, Label::kFault, [this, replaces] {
        for (Node node = 0; replaces && faulty_ && node < kFirstWorker + kNumWorkers; ++node) {
          Crash(node, kSecond);
        }
        lease_.wishes.running = true;
      });
      break;
    }
    default:
      break;
  }
}

// What people do: look after a failed job once its state is repaired.
void Cluster::Operate() {
  bool failed = false;
  for (const auto& controller : directory_.controllers) {
    failed = failed || (controller->job() != nullptr &&
                        controller->job()->state() == control::JobState::kFailed);
  }
  const bool damaged = std::ranges::any_of(
      store_.objects(), [](const auto& object) { return object.second.damaged; });
  if (failed && !damaged) {
    ++lease_.wishes.starts;
  }
  world_.After(5 * kSecond, kStoreNode, Label::kTimer, [this] { Operate(); });
}

void Cluster::Heal() {
  faulty_ = false;
  world_.Heal();
  store_.refusals = store_.lost_answers = store_.disk_full = {};
  log_.refusals = log_.lost_answers = {};
  sink_.refusals = sink_.lost_answers = {};
  store_.Repair();
  lease_.wishes.running = true;
  for (Node node = 0; node < kFirstWorker + kNumWorkers; ++node) {
    if (!world_.alive(node)) {
      world_.Restart(node);
      Boot(node);
    }
  }
}

// ---- what is expected

void Cluster::OnPlace(data::Generation generation, const std::vector<TaskPlace>& places) {
  for (const TaskPlace& place : places) {
    places_[{generation, {place.stage, place.index}}] = place.worker;
  }
  // Only what may still be on its way is looked up.
  while (places_.size() > 2000) {
    places_.erase(places_.begin());
  }
}

void Cluster::OnRestore(data::Generation generation, data::Epoch epoch) {
  oracles_.OnRestore(generation, epoch);
  if (num_crashes_in_recovery_ > 0 && faulty_) {
    --num_crashes_in_recovery_;
    const auto victim =
        static_cast<Node>(recovery_target_ % static_cast<uint64_t>(kFirstWorker + kNumWorkers));
    world_.After(static_cast<int64_t>(recovery_target_ % 300) * kMillisecond, kStoreNode,
                 Label::kFault, [this, victim] {
                   if (faulty_) {
                     Crash(victim, 2 * kSecond);
                   }
                 });
  }
}

void Cluster::ExpectProgress(const char* when) {
  const data::Epoch before = log_.history().newest_epoch;
  world_.RunUntil(world_.now() + kRecoveryTime);
  if (!world_.violations().empty() || Finished()) {
    return;
  }
  int num_running = 0;
  std::string states;
  for (const auto& controller : directory_.controllers) {
    const control::JobState state = controller->job()->state();
    num_running +=
        state == control::JobState::kRunning || state == control::JobState::kFinished ? 1 : 0;
    states += std::string(control::NameOf(state)) + " ";
  }
  if (num_running != 1) {
    world_.Violation(fmt::format("{} minutes {} the job does not run: {}",
                                 kRecoveryTime / (60 * kSecond), when, states));
  } else if (log_.history().newest_epoch <= before) {
    world_.Violation(
        fmt::format("no checkpoint has completed in {} s {}", kRecoveryTime / kSecond, when));
  }
}

void Cluster::ExpectStopped() {
  world_.RunUntil(world_.now() + kRecoveryTime);
  if (!world_.violations().empty()) {
    return;
  }
  for (const auto& controller : directory_.controllers) {
    const control::JobState state = controller->job()->state();
    if (!control::IsTerminal(state) && state != control::JobState::kCreated) {
      world_.Violation(fmt::format("the job was to stop, and is {}", control::NameOf(state)));
      return;
    }
  }
  for (const control::EpochRecord& record : log_.history().epochs) {
    if (!record.committed) {
      world_.Violation(
          fmt::format("the job has stopped with epoch {} unpublished", record.epoch.value));
      return;
    }
  }
}

HistoryResult RunHistory(const HistoryOptions& options) { return Cluster(options).Run(); }

std::set<size_t> ReduceFaults(HistoryOptions options) {
  options.traces = false;
  const HistoryResult whole = RunHistory(options);
  if (whole.violations.empty()) {
    return options.left_out;
  }
  for (size_t i = whole.plan.size(); i-- > 0;) {
    options.left_out.insert(i);
    if (RunHistory(options).violations.empty()) {
      options.left_out.erase(i);
    }
  }
  return options.left_out;
}

}  // namespace laminar::simulation
