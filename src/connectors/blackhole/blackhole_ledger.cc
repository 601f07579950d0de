#include "connectors/blackhole/blackhole_ledger.h"

#include <utility>

namespace laminar::connectors::blackhole {

BlackholeLedger& BlackholeLedger::Global() {
  static BlackholeLedger ledger;
  return ledger;
}

void BlackholeLedger::Add(const std::string& table, const RowTotals& totals) {
  base::MutexLock lock(mutex_);
  totals_[table].Add(totals);
}

RowTotals BlackholeLedger::Take(const std::string& table) {
  base::MutexLock lock(mutex_);
  return std::exchange(totals_[table], RowTotals());
}

}  // namespace laminar::connectors::blackhole
