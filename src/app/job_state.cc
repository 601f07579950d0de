#include "app/job_state.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "connectors/api/connector_factory.h"
#include "control/checkpoint/manifest.h"
#include "control/checkpoint/recovery_program.h"
#include "control/checkpoint/savepoint.h"
#include "control/checkpoint/verify.h"
#include "engine/state/snapshot/checkpoint_files.h"
#include "engine/worker/job_assembly.h"
#include "engine/worker/state_description.h"

namespace laminar::app {

std::vector<std::string> StateWarnings(const plan::JobGraph& graph) {
  std::vector<std::string> warnings;
  for (const plan::Node& node : graph.nodes) {
    const auto* source = std::get_if<plan::SourceSpec>(&node.spec);
    const auto* sink = std::get_if<plan::SinkSpec>(&node.spec);
    if (source == nullptr && sink == nullptr) {
      continue;
    }
    const data::ConnectorTable& table = source != nullptr ? source->table : sink->table;
    const connectors::ConnectorFactory* factory =
        connectors::ConnectorRegistry::Global().Find(table.connector);
    if (factory == nullptr) {
      continue;
    }
    if (source != nullptr && !factory->traits().resumable_source) {
      warnings.push_back(fmt::format(
          "source {} ({}) cannot go on where it was: what it has read since the last checkpoint is "
          "lost when the process dies",
          table.name, table.connector));
    }
    if (sink != nullptr && !factory->traits().exactly_once_sink) {
      warnings.push_back(fmt::format(
          "sink {} ({}) may write rows again that came after the last checkpoint when the process "
          "dies",
          table.name, table.connector));
    }
  }
  return warnings;
}

JobState::JobState(Key key, JobStateOptions options, std::shared_ptr<const plan::JobGraph> graph)
    : options_(std::move(options)), graph_(std::move(graph)) {}

JobState::~JobState() { LAMINAR_ASSERT(coordinator_ == nullptr, generation_.value); }

absl::StatusOr<std::unique_ptr<JobState>> JobState::Open(
    const JobStateOptions& options,
    std::shared_ptr<const plan::JobGraph> graph) {
  LAMINAR_ASSIGN_OR_RETURN(control::StateDirectory directory,
                           control::StateDirectory::Open({.location = options.location,
                                                          .access = control::StateAccess::kRun,
                                                          .engine_version = options.engine_version,
                                                          .clock = &base::SystemClock(),
                                                          .random = base::SystemEntropy,
                                                          .store = {}}));
  return Over(std::move(directory), options, std::move(graph));
}

absl::StatusOr<std::unique_ptr<JobState>> JobState::Over(
    control::StateDirectory directory,
    const JobStateOptions& options,
    std::shared_ptr<const plan::JobGraph> graph) {
  auto state = std::make_unique<JobState>(Key(), options, std::move(graph));
  // Operators that cannot be made fail when the job starts, which says it better.
  if (auto described = engine::DescribeState(*state->graph_); described.ok()) {
    state->described_ = *std::move(described);
  }
  state->directory_ = std::make_unique<control::StateDirectory>(std::move(directory));
  // Looked at first: whoever is refused must not end an attempt that runs somewhere.
  LAMINAR_RETURN_IF_ERROR(state->FindRestored());
  if (!state->finished_before()) {
    LAMINAR_RETURN_IF_ERROR(state->Claim());
    LAMINAR_RETURN_IF_ERROR(state->FindRestored());
    LAMINAR_RETURN_IF_ERROR(state->FindUncommitted());
    LAMINAR_RETURN_IF_ERROR(state->RemoveLeftovers(state->generation_));
  }
  return state;
}

// An attempt that died between its last epoch and the commits of that leaves them to the next one.
bool JobState::finished_before() const {
  return restored_ && restored_->manifest.header.finished &&
         std::ranges::all_of(history_.epochs, &control::EpochRecord::committed);
}

absl::Status JobState::FindRestored() {
  LAMINAR_ASSIGN_OR_RETURN(restored_, control::FindRestorePoint(*directory_, options_.restore));
  LAMINAR_ASSIGN_OR_RETURN(history_, directory_->log().Read());
  if (restored_.has_value()) {
    LAMINAR_RETURN_IF_ERROR(control::CheckKeyGroups(restored_->manifest, *graph_));
    const control::ProgramComparison comparison =
        control::CompareProgram(restored_->manifest, *graph_, described_);
    if (!options_.force) {
      LAMINAR_RETURN_IF_ERROR(control::CheckSameProgram(comparison, restored_->manifest));
    }
    migrated_ = control::MigrateState(restored_->manifest, comparison, described_);
  }
  return CheckFork();
}

// From here on, earlier attempts that still run somewhere can complete nothing any more.
absl::Status JobState::Claim() {
  nonce_ = fmt::format("{:016x}{:016x}", base::SystemEntropy(), base::SystemEntropy());
  LAMINAR_ASSIGN_OR_RETURN(generation_, directory_->log().ClaimGeneration(nonce_));
  return absl::OkStatus();
}

// Output that was published stays published: whoever goes on from before it writes it again.
absl::Status JobState::CheckFork() const {
  const bool behind = restored_ ? !restored_->left_behind.empty() : !history_.epochs.empty();
  if (options_.force || !behind) {
    return absl::OkStatus();
  }
  return base::MakeError(
      absl::StatusCode::kFailedPrecondition,
      fmt::format("the sinks may have published more than what the job would go on from: the "
                  "newest checkpoint of {} is {}, and the job would begin {}. What was written "
                  "between them would be written a second time. Go on from the newest checkpoint "
                  "(--restore latest), choose another state directory, or add --force to have it "
                  "written again",
                  directory_->location(), history_.newest_epoch.value,
                  restored_ ? "at " + restored_->Name() : "anew"));
}

absl::StatusOr<control::Manifest> JobState::ReadManifest(const control::EpochRecord& record) const {
  return control::ReadManifest(directory_->store(), directory_->pipeline(), record);
}

// Epochs that are complete, up to what is restored, and perhaps not published yet.
absl::Status JobState::FindUncommitted() {
  if (!restored_.has_value() || restored_->foreign) {
    return absl::OkStatus();
  }
  for (auto record = history_.epochs.rbegin(); record != history_.epochs.rend(); ++record) {
    if (!record->committed && record->epoch <= restored_->manifest.header.epoch) {
      LAMINAR_ASSIGN_OR_RETURN(const control::Manifest manifest, ReadManifest(*record));
      uncommitted_.push_back({record->epoch, control::PendingCommits(manifest)});
    }
  }
  return absl::OkStatus();
}

// What the sinks have to keep: for checkpoints and savepoints, what their writers go on from; for
// those that are not known to be published, also what is to be published.
absl::StatusOr<std::vector<rpc::SinkState>> JobState::SinkStatesKept() const {
  std::vector<rpc::SinkState> kept;
  for (const control::EpochRecord& record : history_.epochs) {
    LAMINAR_ASSIGN_OR_RETURN(const control::Manifest manifest, ReadManifest(record));
    for (rpc::SinkState state : manifest.sinks) {
      if (record.committed) {
        state.commits.clear();
      }
      kept.push_back(std::move(state));
    }
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> savepoints,
                           control::ListSavepoints(directory_->store()));
  for (const std::string& name : savepoints) {
    LAMINAR_ASSIGN_OR_RETURN(const control::Manifest manifest,
                             control::ReadSavepoint(directory_->store(), name));
    kept.insert(kept.end(), manifest.sinks.begin(), manifest.sinks.end());
  }
  return kept;
}

absl::Status JobState::RemoveLeftovers(data::Generation generation) {
  LAMINAR_ASSIGN_OR_RETURN(history_, directory_->log().Read());
  absl::StatusOr<std::vector<rpc::SinkState>> kept = SinkStatesKept();
  if (!kept.ok()) {
    // Of an older checkpoint; the one that is restored was checked. Nothing is removed then.
    base::LogWarning("leftovers of sinks stay: a kept checkpoint cannot be read",
                     {{"error", std::string(base::FromAbsl(kept.status().message()))}});
    return absl::OkStatus();
  }
  for (const plan::Node& node : graph_->nodes) {
    const auto* sink = std::get_if<plan::SinkSpec>(&node.spec);
    const connectors::ConnectorFactory* factory =
        sink == nullptr ? nullptr
                        : connectors::ConnectorRegistry::Global().Find(sink->table.connector);
    if (factory == nullptr) {
      continue;
    }
    std::vector<connectors::SinkSnapshot> snapshots;
    for (const rpc::SinkState& state : *kept) {
      if (state.op.fingerprint == node.fingerprint) {
        snapshots.push_back({state.state, state.commits});
      }
    }
    LAMINAR_RETURN_IF_ERROR(factory->RemoveLeftovers(
        sink->table, engine::SinkIdentityOf(node, directory_->pipeline(), generation), snapshots));
  }
  return absl::OkStatus();
}

std::optional<absl::Status> JobState::ExplainDamage(const absl::Status& failure) const {
  // Other data may be lost, too, such as a record of a source.
  const bool of_checkpoint =
      base::FromAbsl(failure.message()).starts_with(engine::kDamagedCheckpointFile);
  if (!absl::IsDataLoss(failure) || !of_checkpoint || !restored_.has_value()) {
    return std::nullopt;
  }
  return control::ExplainDamage(*directory_, *restored_, failure);
}

absl::Status JobState::Finish() {
  // As if the next attempt began: nothing of this one is under way any more.
  return RemoveLeftovers({generation_.value + 1});
}

engine::JobCheckpointing JobState::checkpointing() {
  std::optional<engine::RestoredJob> restored;
  if (restored_.has_value()) {
    const control::Manifest& manifest = restored_->manifest;
    restored = engine::RestoredJob{.epoch = manifest.header.epoch,
                                   .operators = migrated_,
                                   .sources = manifest.sources,
                                   .sinks = manifest.sinks};
  }
  return {.store = directory_->store(),
          .pipeline = directory_->pipeline(),
          .generation = generation_,
          .listener = *this,
          .restored = std::move(restored),
          .spool_folder = ""};
}

control::ManifestHeader JobState::MakeHeader() const {
  control::ManifestHeader header;
  header.engine_version = options_.engine_version;
  header.pipeline = directory_->pipeline();
  header.generation = generation_;
  if (restored_.has_value()) {
    header.parent = restored_->manifest.header.epoch;
  }
  header.sql = options_.program;
  control::DescribeProgram(*graph_, header);
  return header;
}

void JobState::Attach(engine::JobExecution& job) {
  job_ = &job;
  control::CheckpointCoordinatorOptions options;
  options.core.interval_nanos = options_.interval.micros * 1000;
  options.core.timeout_nanos = options_.timeout.micros * 1000;
  options.core.pause_nanos_min = options_.pause_min.micros * 1000;
  options.core.in_flight_max = options_.in_flight_max;
  options.retention.num_complete = options_.retain;
  options.header = MakeHeader();
  options.nonce = nonce_;
  control::CoordinatorStart start{.generation = generation_,
                                  .newest_epoch = history_.newest_epoch,
                                  .tasks = job.TaskNames(),
                                  .uncommitted = {}};
  if (restored_.has_value()) {
    options.restored = restored_->manifest.header.epoch;
    start.uncommitted = std::move(uncommitted_);
  }
  const auto on_ended = [this](control::EndReason reason, const absl::Status& status,
                               data::Epoch epoch) {
    base::MutexLock lock(ended_mutex_);
    ended_ = StateEnd{reason, status, epoch};
  };
  coordinator_ = std::make_unique<control::CheckpointCoordinator>(
      std::move(options), std::move(start), base::SystemClock(), directory_->store(),
      directory_->log(), *this, on_ended);
  // Nothing that a task says of the first barrier may be missed.
  base::MutexLock lock(mutex_);
  coordinator_->Start();
  attached_ = true;
  for (rpc::TaskSnapshot& snapshot : early_) {
    coordinator_->OnTaskSnapshot(std::move(snapshot));
  }
  early_.clear();
}

void JobState::RequestStop() { coordinator_->RequestStop(); }

std::optional<StateEnd> JobState::ended() const {
  base::MutexLock lock(ended_mutex_);
  return ended_;
}

void JobState::Detach() {
  {
    base::MutexLock lock(mutex_);
    attached_ = false;
  }
  coordinator_.reset();
  job_ = nullptr;
}

void JobState::OnTaskSnapshot(rpc::TaskSnapshot snapshot) {
  engine::SetOrigins(described_, snapshot.operators);
  base::MutexLock lock(mutex_);
  if (attached_) {
    coordinator_->OnTaskSnapshot(std::move(snapshot));
  } else {
    early_.push_back(std::move(snapshot));
  }
}

void JobState::OnTaskDeclined(const std::string& task, data::Epoch epoch, const absl::Status& why) {
  base::MutexLock lock(mutex_);
  // No barrier is sent before the coordinator is attached.
  if (attached_) {
    coordinator_->OnTaskDeclined(task, epoch, why);
  }
}

void JobState::SendBarrier(data::Barrier barrier) { job_->SendBarrier(barrier); }

base::Outcome JobState::Commit(const rpc::SinkCommit& commit) { return job_->Commit(commit); }

}  // namespace laminar::app
