// FaultyStore: any store, failing on purpose, so that whoever uses stores can be tried against all
// that a network does: refusals before anything happened, answers lost after it happened, answers
// lost before, delays, damaged bytes. By rates from a seed, by a script ("the third Put fails so"),
// or both. The same seed and the same order of calls give the same faults. Thread-safe, as far as
// the store behind it is.
#ifndef LAMINAR_STORAGE_FAULTY_STORE_H_
#define LAMINAR_STORAGE_FAULTY_STORE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "storage/object_store.h"

namespace laminar::storage {

enum class StoreOperation {
  kPut,
  kPutIfAbsent,
  kPutFile,
  kDelete,
  kGet,
  kGetRange,
  kGetFile,
  kHead,
  kList,
};
inline constexpr size_t kNumStoreOperations = 9;

enum class StoreFault {
  kNone,
  kRefused,         // nothing happened: NotApplied, or an Unavailable read
  kAnswerLost,      // it happened, but is Unknown; a read is DeadlineExceeded
  kRequestLost,     // it did not happen, and is Unknown; a read is DeadlineExceeded
  kDelayed,         // it happens after a while
  kDamaged,         // a read gives a flipped bit; of others: as kRefused
  kRefusedForGood,  // PermissionDenied, NotApplied
};

/// Shares (0 to 1) of the calls that fail in each way.
struct FaultRates {
  double refused = 0;
  double answer_lost = 0;
  double request_lost = 0;
  double delayed = 0;
  double damaged = 0;
  /// `rate` of all calls, in equal shares refused, lost before and lost after.
  static FaultRates Failing(double rate);
};

struct ScriptedFault {
  StoreOperation operation = StoreOperation::kPut;
  int64_t nth = 1;  // the first call of this kind is 1
  StoreFault fault = StoreFault::kRefused;
};

class FaultyStore : public ObjectStore {
 public:
  struct Options {
    uint64_t seed = 0;
    FaultRates rates = {};                                         // of every operation ...
    std::map<StoreOperation, FaultRates> rates_by_operation = {};  // ... that is not here
    std::vector<ScriptedFault> script = {};
    int64_t delay_nanos_max = 2'000'000;
    /// Lets the delay pass; base::SleepNanos where there is none.
    std::function<void(int64_t)> sleep = nullptr;
  };

  FaultyStore(std::unique_ptr<ObjectStore> store, Options options);

  std::string url() const override { return store_->url(); }
  base::Outcome Put(const std::string& key, std::string_view bytes) override;
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override;
  base::Outcome PutFile(const std::string& key, const std::string& path) override;
  base::Outcome Delete(const std::string& key) override;
  absl::StatusOr<std::string> Get(const std::string& key) override;
  absl::StatusOr<std::string> GetRange(const std::string& key,
                                       int64_t offset,
                                       int64_t size) override;
  absl::Status GetFile(const std::string& key, const std::string& path) override;
  absl::StatusOr<ObjectInfo> Head(const std::string& key) override;
  absl::StatusOr<std::vector<ObjectInfo>> List(const std::string& prefix) override;
  absl::Status RemoveUnfinished(const std::string& prefix) override {
    return store_->RemoveUnfinished(prefix);
  }

  /// No fault from here on; the script's are forgotten.
  void StopFaults() LAMINAR_EXCLUDES(mutex_);
  int64_t num_calls(StoreOperation operation) const LAMINAR_EXCLUDES(mutex_);
  /// Calls that met a fault, delays included.
  int64_t num_faults() const LAMINAR_EXCLUDES(mutex_);

 private:
  struct Chosen {
    StoreFault fault = StoreFault::kNone;
    int64_t delay_nanos = 0;
    uint64_t random = 0;
  };

  Chosen Choose(StoreOperation operation) LAMINAR_EXCLUDES(mutex_);
  StoreFault FromRates(StoreOperation operation) LAMINAR_REQUIRES(mutex_);
  void Delay(const Chosen& chosen) const;
  base::Outcome Change(StoreOperation operation,
                       const std::string& key,
                       const std::function<base::Outcome()>& change);
  // The error that a read ends with, or ok after the delay, if any.
  absl::Status BeforeRead(const Chosen& chosen, const std::string& key) const;

  const std::unique_ptr<ObjectStore> store_;
  const Options options_;
  mutable base::Mutex mutex_;
  base::Random random_ LAMINAR_GUARDED_BY(mutex_);
  std::array<int64_t, kNumStoreOperations> num_calls_ LAMINAR_GUARDED_BY(mutex_) = {};
  int64_t num_faults_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool stopped_ LAMINAR_GUARDED_BY(mutex_) = false;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_FAULTY_STORE_H_
