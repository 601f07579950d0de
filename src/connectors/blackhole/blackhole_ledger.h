// BlackholeLedger: what blackholes have swallowed, by table, so that benchmarks and tests can
// compare runs. One for the process; any thread. A writer adds its totals when it is closed.
#ifndef LAMINAR_CONNECTORS_BLACKHOLE_BLACKHOLE_LEDGER_H_
#define LAMINAR_CONNECTORS_BLACKHOLE_BLACKHOLE_LEDGER_H_

#include <map>
#include <string>

#include "base/mutex.h"
#include "connectors/blackhole/checksum.h"

namespace laminar::connectors::blackhole {

class BlackholeLedger {
 public:
  static BlackholeLedger& Global();

  void Add(const std::string& table, const RowTotals& totals) LAMINAR_EXCLUDES(mutex_);
  /// The totals of a table since they were last taken; they begin anew.
  RowTotals Take(const std::string& table) LAMINAR_EXCLUDES(mutex_);

 private:
  base::Mutex mutex_;
  std::map<std::string, RowTotals> totals_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::connectors::blackhole

#endif  // LAMINAR_CONNECTORS_BLACKHOLE_BLACKHOLE_LEDGER_H_
