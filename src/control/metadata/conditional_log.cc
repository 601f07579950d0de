#include "control/metadata/conditional_log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/kill_point.h"
#include "control/metadata/metadata_limits.h"

namespace laminar::control {

namespace {

base::Outcome Fenced(data::Generation own, data::Generation newest) {
  return base::Outcome::NotApplied(base::MakeError(
      absl::StatusCode::kAborted,
      fmt::format("generation {} of this pipeline has begun elsewhere, generation {} may change "
                  "nothing any more",
                  newest.value, own.value)));
}

base::Outcome Taken(const EpochRecord& record, data::Epoch newest) {
  return base::Outcome::NotApplied(base::MakeError(
      absl::StatusCode::kAlreadyExists,
      fmt::format("epoch {} cannot be completed: the log has epoch {} of another attempt",
                  record.epoch.value, newest.value)));
}

// What the log says of a record: it is there, it can never be, or (nullopt) it is not there yet.
std::optional<base::Outcome> Look(const CheckpointHistory& history, const EpochRecord& record) {
  const EpochRecord* found = history.Find(record.epoch);
  if (found != nullptr && found->nonce == record.nonce) {
    return base::Outcome::Applied();
  }
  if (history.generation > record.generation) {
    return Fenced(record.generation, history.generation);
  }
  if (history.newest_epoch >= record.epoch) {
    return Taken(record, history.newest_epoch);
  }
  if (history.generation < record.generation) {
    return base::Outcome::NotApplied(
        base::Internal(fmt::format("generation {} was never claimed, the newest is {}",
                                   record.generation.value, history.generation.value)));
  }
  return std::nullopt;
}

LogEntry Follow(const LogEntry& newest, LogEntry::Kind kind, data::Generation writer) {
  LogEntry next = newest;
  next.kind = kind;
  next.position = newest.position + 1;
  next.writer = writer;
  return next;
}

}  // namespace

ConditionalLog::ConditionalLog(std::unique_ptr<LogPositions> positions)
    : positions_(std::move(positions)) {}

absl::Status ConditionalLog::Load() {
  if (newest_.has_value()) {
    return absl::OkStatus();
  }
  for (int attempt = 0; attempt < kLogConflictsMax; ++attempt) {
    LAMINAR_ASSIGN_OR_RETURN(const int64_t position, positions_->Newest());
    if (position == 0) {
      newest_ = LogEntry();
      return absl::OkStatus();
    }
    absl::StatusOr<std::string> bytes = positions_->Get(position);
    if (absl::IsNotFound(bytes.status())) {
      continue;  // others have got on and removed it since
    }
    LAMINAR_RETURN_IF_ERROR(bytes.status());
    LAMINAR_ASSIGN_OR_RETURN(newest_, DecodeLogEntry(*bytes, position, positions_->Name(position)));
    return absl::OkStatus();
  }
  return base::Unavailable(
      fmt::format("entries of the log vanish as fast as they are read: {}", positions_->Name(1)));
}

absl::StatusOr<CheckpointHistory> ConditionalLog::Read() {
  newest_.reset();
  LAMINAR_RETURN_IF_ERROR(Load());
  return newest_->history;
}

std::optional<base::Outcome> ConditionalLog::TryChange(const Decide& decide) {
  if (absl::Status status = Load(); !status.ok()) {
    return base::Outcome::Unknown(std::move(status));
  }
  Decision decision = decide(*newest_);
  if (decision.outcome.has_value()) {
    return decision.outcome;
  }
  const int64_t own = decision.next.position;
  LAMINAR_ASSERT(own == newest_->position + 1, own);
  newest_.reset();
  LAMINAR_KILLPOINT("log_before_create");
  const base::Outcome created = positions_->Create(own, EncodeLogEntry(decision.next));
  LAMINAR_KILLPOINT("log_after_create");
  switch (created.state()) {
    case base::Outcome::State::kNotApplied:
      if (absl::IsAlreadyExists(created.status())) {
        return std::nullopt;  // by somebody else, or by this writer, whose answer was lost
      }
      return created;
    case base::Outcome::State::kUnknown:
      return ++num_unknown_ < kLogUnknownsMax ? std::nullopt : std::make_optional(created);
    case base::Outcome::State::kApplied:
      break;
  }
  absl::StatusOr<int64_t> newest = positions_->Newest();
  if (!newest.ok()) {
    return base::Outcome::Unknown(std::move(newest).status());
  }
  if (*newest < own) {
    return base::Outcome::Unknown(base::DataLoss(fmt::format(
        "{} was written and is not listed: the store loses objects", positions_->Name(own))));
  }
  if (*newest > own) {
    return std::nullopt;  // the newest entry tells whether this one was taken along
  }
  newest_ = std::move(decision.next);
  if (own % kLogPositionsKept == 0) {
    positions_->RemoveBelow(own - 1);
    LAMINAR_KILLPOINT("log_after_removing_positions");
  }
  return base::Outcome::Applied();
}

base::Outcome ConditionalLog::Change(const Decide& decide) {
  num_unknown_ = 0;
  for (int attempt = 0; attempt < kLogConflictsMax; ++attempt) {
    std::optional<base::Outcome> outcome = TryChange(decide);
    if (outcome.has_value()) {
      if (!outcome->applied()) {
        newest_.reset();
      }
      return *std::move(outcome);
    }
  }
  return base::Outcome::Unknown(base::Unavailable(
      fmt::format("others change the log all the time: {}", positions_->Name(1))));
}

absl::StatusOr<data::Generation> ConditionalLog::ClaimGeneration(const std::string& nonce) {
  newest_.reset();
  const base::Outcome outcome = Change([&nonce](const LogEntry& newest) {
    if (newest.position > 0 && newest.generation_nonce == nonce) {
      return Decision{base::Outcome::Applied(), {}};
    }
    const bool reuse =
        LAMINAR_SEEDED_BUG("reuse_a_generation") && newest.history.generation.value > 0;
    const data::Generation claimed{newest.history.generation.value + (reuse ? 0 : 1)};
    LogEntry next = Follow(newest, LogEntry::Kind::kGeneration, claimed);
    next.history.generation = claimed;
    next.generation_nonce = nonce;
    return Decision{std::nullopt, std::move(next)};
  });
  LAMINAR_RETURN_IF_ERROR(outcome.status());
  LAMINAR_KILLPOINT("generation_claimed");
  return newest_->history.generation;
}

base::Outcome ConditionalLog::AppendEpoch(const EpochRecord& record) {
  return Change([&record](const LogEntry& newest) {
    if (std::optional<base::Outcome> outcome = Look(newest.history, record)) {
      return Decision{*std::move(outcome), {}};
    }
    if (newest.history.epochs.size() >= kLogEpochsMax) {
      return Decision{base::Outcome::NotApplied(base::ResourceExhausted(
                          fmt::format("{} checkpoints are kept: remove some", kLogEpochsMax))),
                      {}};
    }
    LogEntry next = Follow(newest, LogEntry::Kind::kEpoch, record.generation);
    next.history.newest_epoch = record.epoch;
    next.history.epochs.insert(next.history.epochs.begin(), record);
    return Decision{std::nullopt, std::move(next)};
  });
}

base::Outcome ConditionalLog::ReadBack(const EpochRecord& record) {
  absl::StatusOr<CheckpointHistory> history = Read();
  if (!history.ok()) {
    return base::Outcome::Unknown(std::move(history).status());
  }
  if (std::optional<base::Outcome> outcome = Look(*history, record)) {
    return *std::move(outcome);
  }
  return base::Outcome::Unknown(base::NotFound(fmt::format(
      "the record of epoch {} is not there, but may be on its way", record.epoch.value)));
}

base::Outcome ConditionalLog::MarkCommitted(data::Epoch epoch, data::Generation generation) {
  return Change([epoch, generation](const LogEntry& newest) {
    const EpochRecord* record = newest.history.Find(epoch);
    if (newest.history.generation > generation) {
      return Decision{Fenced(generation, newest.history.generation), {}};
    }
    if (record == nullptr) {
      return Decision{base::Outcome::NotApplied(base::NotFound(
                          fmt::format("there is no epoch {} in the log", epoch.value))),
                      {}};
    }
    if (record->committed) {
      return Decision{base::Outcome::Applied(), {}};
    }
    LogEntry next = Follow(newest, LogEntry::Kind::kCommitted, generation);
    for (EpochRecord& kept : next.history.epochs) {
      kept.committed = kept.committed || kept.epoch == epoch;
    }
    return Decision{std::nullopt, std::move(next)};
  });
}

base::Outcome ConditionalLog::RemoveEpochs(const std::vector<data::Epoch>& epochs,
                                           data::Generation generation) {
  return Change([&epochs, generation](const LogEntry& newest) {
    if (newest.history.generation > generation) {
      return Decision{Fenced(generation, newest.history.generation), {}};
    }
    LogEntry next = Follow(newest, LogEntry::Kind::kRemoved, generation);
    const size_t num_removed = std::erase_if(next.history.epochs, [&epochs](const auto& record) {
      return std::find(epochs.begin(), epochs.end(), record.epoch) != epochs.end();
    });
    if (num_removed == 0) {
      return Decision{base::Outcome::Applied(), {}};
    }
    if (next.history.Find(newest.history.epochs.front().epoch) == nullptr) {
      return Decision{base::Outcome::NotApplied(absl::FailedPreconditionError(fmt::format(
                          "checkpoint {} is the newest, from which the pipeline goes on: it cannot "
                          "be removed",
                          newest.history.epochs.front().epoch.value))),
                      {}};
    }
    return Decision{std::nullopt, std::move(next)};
  });
}

}  // namespace laminar::control
