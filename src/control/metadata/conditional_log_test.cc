// The protocol under lost answers, pauses and crashes between its steps.
#include "control/metadata/conditional_log.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "control/metadata/epoch_record_for_test.h"
#include "control/metadata/log_positions_for_test.h"
#include "control/metadata/metadata_limits.h"

namespace laminar::control {
namespace {

using Fault = SharedPositionsForTest::Fault;
using State = base::Outcome::State;

std::unique_ptr<ConditionalLog> OpenLog(SharedPositionsForTest& shared) {
  return std::make_unique<ConditionalLog>(std::make_unique<PositionsForTest>(shared));
}

// The n-th call of this kind meets the fault, the others none.
std::function<Fault(bool)> NthCall(bool is_create, int nth, Fault fault) {
  auto left = std::make_shared<int>(nth);
  return [is_create, left, fault](bool create) {
    return create == is_create && --*left == 0 ? fault : Fault::kNone;
  };
}

TEST(ConditionalLog, KnowsItsOwnEntryWhenTheAnswerWasLost) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  shared.next_fault = NthCall(true, 1, Fault::kAnswerLost);
  EXPECT_TRUE(log->AppendEpoch(EpochRecordForTest(1, generation)).applied());
  EXPECT_EQ(shared.entries.size(), 2u);
}

TEST(ConditionalLog, TriesAgainWhenTheRequestWasLost) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  shared.next_fault = NthCall(true, 1, Fault::kRequestLost);
  EXPECT_TRUE(log->AppendEpoch(EpochRecordForTest(1, generation)).applied());
  EXPECT_EQ(log->ListEpochs().value().size(), 1u);
}

TEST(ConditionalLog, ClaimsOneGenerationWhenTheAnswerWasLost) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  shared.next_fault = NthCall(true, 1, Fault::kAnswerLost);
  EXPECT_EQ(log->ClaimGeneration("a").value().value, 1);
}

TEST(ConditionalLog, SaysUnknownWhenNothingComesBack) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  shared.next_fault = [](bool create) { return create ? Fault::kAnswerLost : Fault::kReadFails; };
  const EpochRecord record = EpochRecordForTest(1, generation);
  EXPECT_EQ(log->AppendEpoch(record).state(), State::kUnknown);
  EXPECT_EQ(log->ReadBack(record).state(), State::kUnknown);
  shared.next_fault = nullptr;
  EXPECT_TRUE(log->ReadBack(record).applied());
  EXPECT_TRUE(log->AppendEpoch(record).applied());
  EXPECT_EQ(log->ListEpochs().value().size(), 1u);
}

TEST(ConditionalLog, SaysUnknownWhenItCannotLookWhoCameAfter) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  shared.next_fault = NthCall(false, 1, Fault::kReadFails);
  const EpochRecord record = EpochRecordForTest(1, generation);
  EXPECT_EQ(log->AppendEpoch(record).state(), State::kUnknown);
  EXPECT_TRUE(log->ReadBack(record).applied());
}

TEST(ConditionalLog, RefusesAPausedWriterWhosePositionWasFilledAndRemoved) {
  SharedPositionsForTest shared;
  const auto paused = OpenLog(shared);
  const data::Generation old = paused->ClaimGeneration("old").value();
  ASSERT_TRUE(paused->AppendEpoch(EpochRecordForTest(1, old)).applied());
  // It has decided what to write at position 3, and sleeps.
  shared.before_create = [&shared](int64_t position) {
    EXPECT_EQ(position, 3);
    const auto other = OpenLog(shared);
    const data::Generation next = other->ClaimGeneration("new").value();
    for (int64_t epoch = 2; epoch <= 3 * kLogPositionsKept; ++epoch) {
      EXPECT_TRUE(other->AppendEpoch(EpochRecordForTest(epoch, next)).applied());
    }
    EXPECT_EQ(shared.entries.count(position), 0u);
  };
  const base::Outcome outcome = paused->AppendEpoch(EpochRecordForTest(2, old));
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_TRUE(CheckpointLog::IsFenced(outcome.status()));
  // What it has left is read by nobody.
  EXPECT_EQ(shared.entries.count(3), 1u);
  const CheckpointHistory history = OpenLog(shared)->Read().value();
  EXPECT_EQ(history.Find({2})->generation.value, 2);
}

TEST(ConditionalLog, KnowsThatItsEpochIsCompleteWhenTheNextGenerationTookItAlong) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  int num_reads = 0;
  shared.next_fault = [&shared, &num_reads](bool create) {
    if (!create && ++num_reads == 1) {  // between the create and the look at who came after
      shared.next_fault = nullptr;
      EXPECT_TRUE(OpenLog(shared)->ClaimGeneration("b").ok());
    }
    return Fault::kNone;
  };
  EXPECT_TRUE(log->AppendEpoch(EpochRecordForTest(1, generation)).applied());
  const base::Outcome next = log->AppendEpoch(EpochRecordForTest(2, generation));
  EXPECT_TRUE(CheckpointLog::IsFenced(next.status()));
}

TEST(ConditionalLog, ALateRequestChangesNothing) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  shared.next_fault = [](bool create) { return create ? Fault::kDelayed : Fault::kNone; };
  EXPECT_EQ(log->AppendEpoch(EpochRecordForTest(1, generation)).state(), State::kUnknown);
  shared.next_fault = nullptr;
  const auto other = OpenLog(shared);
  ASSERT_TRUE(other->ClaimGeneration("b").ok());
  shared.Deliver();
  EXPECT_TRUE(CheckpointLog::IsFenced(log->ReadBack(EpochRecordForTest(1, generation)).status()));
  EXPECT_EQ(other->ListEpochs().value().size(), 0u);
}

TEST(ConditionalLog, ALateRequestMayStillCompleteTheEpoch) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  shared.next_fault = [](bool create) { return create ? Fault::kDelayed : Fault::kNone; };
  EXPECT_EQ(log->AppendEpoch(EpochRecordForTest(1, generation)).state(), State::kUnknown);
  shared.next_fault = nullptr;
  shared.Deliver();
  EXPECT_TRUE(log->ReadBack(EpochRecordForTest(1, generation)).applied());
}

TEST(ConditionalLog, NeverRemovesTheNewestTwoPositions) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  const data::Generation generation = log->ClaimGeneration("a").value();
  for (int64_t epoch = 1; epoch <= 5 * kLogPositionsKept; ++epoch) {
    ASSERT_TRUE(log->AppendEpoch(EpochRecordForTest(epoch, generation)).applied());
    const int64_t newest = shared.entries.rbegin()->first;
    EXPECT_EQ(newest, epoch + 1);
    EXPECT_EQ(shared.entries.count(newest - 1), 1u);
    EXPECT_LE(shared.entries.size(), static_cast<size_t>(kLogPositionsKept) + 2);
  }
}

TEST(ConditionalLog, NamesTheDamagedEntry) {
  SharedPositionsForTest shared;
  const auto log = OpenLog(shared);
  ASSERT_TRUE(log->ClaimGeneration("a").ok());
  shared.entries[1][20] ^= 1;
  const absl::Status status = log->Read().status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("position 1"));
  EXPECT_EQ(log->AppendEpoch(EpochRecordForTest(1, {1})).state(), State::kUnknown);
  EXPECT_FALSE(log->ClaimGeneration("b").ok());
}

TEST(ConditionalLog, RefusesMoreEpochsThanAnEntryHolds) {
  SharedPositionsForTest shared;
  LogEntry full;
  full.position = 1;
  full.writer = full.history.generation = {1};
  full.generation_nonce = "a";
  full.history.newest_epoch = {static_cast<int64_t>(kLogEpochsMax)};
  for (auto epoch = static_cast<int64_t>(kLogEpochsMax); epoch > 0; --epoch) {
    full.history.epochs.push_back(EpochRecordForTest(epoch, {1}));
  }
  shared.entries[1] = EncodeLogEntry(full);
  const base::Outcome outcome =
      OpenLog(shared)->AppendEpoch(EpochRecordForTest(kLogEpochsMax + 1, {1}));
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_TRUE(absl::IsResourceExhausted(outcome.status()));
}

// Several writers, each of which claims generations and appends epochs one after the other, with
// faults at any step. What they are told must agree with what is there in the end.
class Chaos {
 public:
  explicit Chaos(uint64_t seed) : random_(seed) {
    shared_.next_fault = [this](bool create) { return Draw(create); };
    writers_.resize(3);
  }

  void Run(int num_steps) {
    for (int step = 0; step < num_steps; ++step) {
      Step(writers_[random_.Uniform(writers_.size())]);
      if (random_.OneIn(5)) {
        shared_.Deliver();
      }
      CheckHistory();
    }
    shared_.next_fault = nullptr;
    shared_.Deliver();
    CheckHistory();
  }

 private:
  struct Writer {
    std::unique_ptr<ConditionalLog> log;
    data::Generation generation;
    std::optional<EpochRecord> pending;  // of which nobody knows
  };

  Fault Draw(bool create) {
    if (!faults_ || !random_.OneIn(3)) {
      return Fault::kNone;
    }
    if (!create) {
      return random_.OneIn(3) ? Fault::kReadFails : Fault::kNone;
    }
    constexpr Fault kFaults[] = {Fault::kAnswerLost, Fault::kRequestLost, Fault::kDelayed};
    return kFaults[random_.Uniform(3)];
  }

  void Step(Writer& writer) {
    if (writer.log == nullptr || random_.OneIn(8)) {  // the process dies and comes back
      writer = Writer{OpenLog(shared_), {}, std::nullopt};
    }
    if (writer.generation.value == 0) {
      const auto claimed = writer.log->ClaimGeneration("claim " + std::to_string(++num_nonces_));
      if (claimed.ok()) {
        EXPECT_TRUE(generations_.insert(claimed->value).second) << "claimed twice";
        writer.generation = *claimed;
      }
      return;
    }
    if (!writer.pending.has_value()) {
      const auto history = writer.log->Read();
      if (!history.ok()) {
        return;
      }
      writer.pending = EpochRecordForTest(history->newest_epoch.value + 1, writer.generation);
      writer.pending->nonce = "epoch " + std::to_string(++num_nonces_);
    }
    Judge(writer, random_.OneIn(4) ? writer.log->ReadBack(*writer.pending)
                                   : writer.log->AppendEpoch(*writer.pending));
  }

  void Judge(Writer& writer, const base::Outcome& outcome) {
    if (outcome.state() == State::kUnknown) {
      return;
    }
    const std::string& nonce = writer.pending->nonce;
    (outcome.applied() ? applied_ : refused_).insert(nonce);
    writer.pending.reset();
    if (CheckpointLog::IsFenced(outcome.status())) {
      writer.generation = {};
    }
  }

  void CheckHistory() {
    faults_ = false;
    const CheckpointHistory history = OpenLog(shared_)->Read().value();
    faults_ = true;
    std::set<std::string> there;
    for (const EpochRecord& record : history.epochs) {
      there.insert(record.nonce);
      const auto [known, is_new] = records_.emplace(record.epoch.value, record.nonce);
      EXPECT_TRUE(is_new || known->second == record.nonce) << "two records of one epoch";
      EXPECT_EQ(refused_.count(record.nonce), 0u) << "refused, and there";
    }
    EXPECT_EQ(history.epochs.size(), records_.size()) << "an epoch was lost";
    for (const std::string& nonce : applied_) {
      EXPECT_EQ(there.count(nonce), 1u) << "applied, and not there: " << nonce;
    }
  }

  base::Random random_;
  SharedPositionsForTest shared_;
  bool faults_ = true;
  std::vector<Writer> writers_;
  int num_nonces_ = 0;
  std::set<int64_t> generations_;
  std::map<int64_t, std::string> records_;
  std::set<std::string> applied_;
  std::set<std::string> refused_;
};

TEST(ConditionalLog, TellsTheTruthUnderFaultsAndRestarts) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    Chaos(seed).Run(60);
    if (testing::Test::HasFailure()) {
      break;
    }
  }
}

}  // namespace
}  // namespace laminar::control
