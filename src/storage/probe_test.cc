#include "storage/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/faulty_store.h"
#include "storage/memory_store_for_test.h"

namespace laminar::storage {
namespace {

using testing::HasSubstr;

std::string Message(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

absl::Status ProbeWith(std::unique_ptr<ObjectStore> store, std::vector<ScriptedFault> script) {
  FaultyStore faulty(std::move(store), {.script = std::move(script)});
  const absl::Status probed = ProbeStore(faulty, "n1");
  faulty.StopFaults();
  EXPECT_TRUE(faulty.List("").value().empty()) << "nothing is left behind";
  return probed;
}

TEST(Probe, PassesAStoreThatKeepsTheContract) {
  EXPECT_TRUE(ProbeWith(std::make_unique<MemoryStore>(), {}).ok());
}

TEST(Probe, LooksWhenAnAnswerWasLost) {
  EXPECT_TRUE(ProbeWith(std::make_unique<MemoryStore>(),
                        {{StoreOperation::kPutIfAbsent, 1, StoreFault::kAnswerLost}})
                  .ok());
  EXPECT_TRUE(ProbeWith(std::make_unique<MemoryStore>(),
                        {{StoreOperation::kPutIfAbsent, 2, StoreFault::kRequestLost}})
                  .ok());
  const absl::Status lost =
      ProbeWith(std::make_unique<MemoryStore>(),
                {{StoreOperation::kPutIfAbsent, 1, StoreFault::kRequestLost}});
  EXPECT_EQ(lost.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST(Probe, NamesAStoreThatIsReadOnly) {
  const absl::Status probed =
      ProbeWith(std::make_unique<MemoryStore>(),
                {{StoreOperation::kPutIfAbsent, 1, StoreFault::kRefusedForGood}});
  EXPECT_EQ(probed.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Message(probed), HasSubstr("storage cannot be used: memory:"));
  EXPECT_THAT(Message(probed), HasSubstr("cannot be created"));
}

TEST(Probe, NamesWhatElseIsNotAllowed) {
  for (const auto& [operation, words] : {std::pair(StoreOperation::kGet, "cannot be read"),
                                         std::pair(StoreOperation::kList, "cannot be listed")}) {
    EXPECT_THAT(Message(ProbeWith(std::make_unique<MemoryStore>(),
                                  {{operation, 1, StoreFault::kRefusedForGood}})),
                HasSubstr(words));
  }
  FaultyStore store(std::make_unique<MemoryStore>(),
                    {.script = {{StoreOperation::kDelete, 1, StoreFault::kRefusedForGood}}});
  EXPECT_THAT(Message(ProbeStore(store, "n1")), HasSubstr("cannot be removed"));
}

TEST(Probe, NotesBytesThatComeBackDifferently) {
  const absl::Status probed =
      ProbeWith(std::make_unique<MemoryStore>(), {{StoreOperation::kGet, 1, StoreFault::kDamaged}});
  EXPECT_EQ(probed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(probed), HasSubstr("reads differently"));
}

// As servers do that do not know the condition.
class CarelessStore : public MemoryStore {
 public:
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return Put(key, bytes);
  }
};

TEST(Probe, RefusesAStoreThatLetsTwoCreatorsWin) {
  const absl::Status probed = ProbeWith(std::make_unique<CarelessStore>(), {});
  EXPECT_EQ(probed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(probed), HasSubstr("both succeeded"));
  EXPECT_THAT(Message(probed), HasSubstr("conditional creates"));
}

}  // namespace
}  // namespace laminar::storage
