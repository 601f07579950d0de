#include "storage/faulty_store.h"

#include <utility>

#include "base/file.h"
#include "base/thread.h"

namespace laminar::storage {
namespace {

using base::Outcome;

absl::Status Lost(const std::string& key) {
  return base::MakeError(absl::StatusCode::kDeadlineExceeded, "no answer (injected): " + key);
}

absl::Status Refused(const std::string& key) {
  return base::Unavailable("service unavailable (injected): " + key);
}

absl::Status Denied(const std::string& key) {
  return base::MakeError(absl::StatusCode::kPermissionDenied, "access denied (injected): " + key);
}

void FlipBit(std::string& bytes, uint64_t random) {
  if (!bytes.empty()) {
    char& byte = bytes[random % bytes.size()];
    byte = static_cast<char>(byte ^ (1 << ((random >> 32) % 8)));
  }
}

}  // namespace

FaultRates FaultRates::Failing(double rate) {
  FaultRates rates;
  rates.refused = rates.answer_lost = rates.request_lost = rate / 3;
  return rates;
}

FaultyStore::FaultyStore(std::unique_ptr<ObjectStore> store, Options options)
    : store_(std::move(store)), options_(std::move(options)), random_(options_.seed) {}

StoreFault FaultyStore::FromRates(StoreOperation operation) {
  const auto own = options_.rates_by_operation.find(operation);
  const FaultRates& rates = own == options_.rates_by_operation.end() ? options_.rates : own->second;
  double drawn = random_.NextDouble();
  for (const auto& [rate, fault] : {std::pair(rates.refused, StoreFault::kRefused),
                                    std::pair(rates.answer_lost, StoreFault::kAnswerLost),
                                    std::pair(rates.request_lost, StoreFault::kRequestLost),
                                    std::pair(rates.delayed, StoreFault::kDelayed),
                                    std::pair(rates.damaged, StoreFault::kDamaged)}) {
    if (drawn < rate) {
      return fault;
    }
    drawn -= rate;
  }
  return StoreFault::kNone;
}

FaultyStore::Chosen FaultyStore::Choose(StoreOperation operation) {
  const base::MutexLock lock(mutex_);
  const int64_t nth = ++num_calls_[static_cast<size_t>(operation)];
  Chosen chosen;
  if (stopped_) {
    return chosen;
  }
  chosen.fault = FromRates(operation);
  for (const ScriptedFault& scripted : options_.script) {
    if (scripted.operation == operation && scripted.nth == nth) {
      chosen.fault = scripted.fault;
    }
  }
  chosen.random = random_.Next();
  if (chosen.fault == StoreFault::kDelayed && options_.delay_nanos_max > 0) {
    chosen.delay_nanos =
        static_cast<int64_t>(random_.Uniform(static_cast<uint64_t>(options_.delay_nanos_max)));
  }
  if (chosen.fault != StoreFault::kNone) {
    ++num_faults_;
  }
  return chosen;
}

void FaultyStore::Delay(const Chosen& chosen) const {
  if (chosen.delay_nanos == 0) {
    return;
  }
  if (options_.sleep) {
    options_.sleep(chosen.delay_nanos);
  } else {
    base::SleepNanos(chosen.delay_nanos);
  }
}

Outcome FaultyStore::Change(StoreOperation operation,
                            const std::string& key,
                            const std::function<Outcome()>& change) {
  const Chosen chosen = Choose(operation);
  switch (chosen.fault) {
    case StoreFault::kRefused:
    case StoreFault::kDamaged:
      return Outcome::NotApplied(Refused(key));
    case StoreFault::kRefusedForGood:
      return Outcome::NotApplied(Denied(key));
    case StoreFault::kRequestLost:
      return Outcome::Unknown(Lost(key));
    case StoreFault::kAnswerLost:
      (void)change();
      return Outcome::Unknown(Lost(key));
    case StoreFault::kNone:
    case StoreFault::kDelayed:
      break;
  }
  Delay(chosen);
  return change();
}

Outcome FaultyStore::Put(const std::string& key, std::string_view bytes) {
  return Change(StoreOperation::kPut, key, [&] { return store_->Put(key, bytes); });
}

Outcome FaultyStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  return Change(StoreOperation::kPutIfAbsent, key, [&] { return store_->PutIfAbsent(key, bytes); });
}

Outcome FaultyStore::PutFile(const std::string& key, const std::string& path) {
  return Change(StoreOperation::kPutFile, key, [&] { return store_->PutFile(key, path); });
}

Outcome FaultyStore::Delete(const std::string& key) {
  return Change(StoreOperation::kDelete, key, [&] { return store_->Delete(key); });
}

absl::Status FaultyStore::BeforeRead(const Chosen& chosen, const std::string& key) const {
  switch (chosen.fault) {
    case StoreFault::kRefused:
      return Refused(key);
    case StoreFault::kRefusedForGood:
      return Denied(key);
    case StoreFault::kRequestLost:
    case StoreFault::kAnswerLost:
      return Lost(key);
    case StoreFault::kNone:
    case StoreFault::kDelayed:
    case StoreFault::kDamaged:
      break;
  }
  Delay(chosen);
  return absl::OkStatus();
}

absl::StatusOr<std::string> FaultyStore::Get(const std::string& key) {
  const Chosen chosen = Choose(StoreOperation::kGet);
  LAMINAR_RETURN_IF_ERROR(BeforeRead(chosen, key));
  LAMINAR_ASSIGN_OR_RETURN(std::string bytes, store_->Get(key));
  if (chosen.fault == StoreFault::kDamaged) {
    FlipBit(bytes, chosen.random);
  }
  return bytes;
}

absl::StatusOr<std::string> FaultyStore::GetRange(const std::string& key,
                                                  int64_t offset,
                                                  int64_t size) {
  const Chosen chosen = Choose(StoreOperation::kGetRange);
  LAMINAR_RETURN_IF_ERROR(BeforeRead(chosen, key));
  LAMINAR_ASSIGN_OR_RETURN(std::string bytes, store_->GetRange(key, offset, size));
  if (chosen.fault == StoreFault::kDamaged) {
    FlipBit(bytes, chosen.random);
  }
  return bytes;
}

absl::Status FaultyStore::GetFile(const std::string& key, const std::string& path) {
  const Chosen chosen = Choose(StoreOperation::kGetFile);
  LAMINAR_RETURN_IF_ERROR(BeforeRead(chosen, key));
  LAMINAR_RETURN_IF_ERROR(store_->GetFile(key, path));
  if (chosen.fault == StoreFault::kDamaged) {
    LAMINAR_ASSIGN_OR_RETURN(std::string bytes, base::ReadWholeFile(path));
    FlipBit(bytes, chosen.random);
    return base::WriteWholeFile(path, bytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<ObjectInfo> FaultyStore::Head(const std::string& key) {
  LAMINAR_RETURN_IF_ERROR(BeforeRead(Choose(StoreOperation::kHead), key));
  return store_->Head(key);
}

absl::StatusOr<std::vector<ObjectInfo>> FaultyStore::List(const std::string& prefix) {
  LAMINAR_RETURN_IF_ERROR(BeforeRead(Choose(StoreOperation::kList), prefix));
  return store_->List(prefix);
}

void FaultyStore::StopFaults() {
  const base::MutexLock lock(mutex_);
  stopped_ = true;
}

int64_t FaultyStore::num_calls(StoreOperation operation) const {
  const base::MutexLock lock(mutex_);
  return num_calls_[static_cast<size_t>(operation)];
}

int64_t FaultyStore::num_faults() const {
  const base::MutexLock lock(mutex_);
  return num_faults_;
}

}  // namespace laminar::storage
