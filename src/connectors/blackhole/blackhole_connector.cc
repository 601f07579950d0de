#include "connectors/blackhole/blackhole_connector.h"

#include <utility>

#include "connectors/blackhole/blackhole_ledger.h"

namespace laminar::connectors {
namespace {

class BlackholeWriter final : public SinkWriter {
 public:
  explicit BlackholeWriter(SinkContext context) : context_(std::move(context)) {}

  absl::Status Open() override { return absl::OkStatus(); }
  bool Ready() override { return true; }

  absl::Status Write(const data::Chunk& chunk) override {
    totals_.Add(blackhole::SumRows(chunk, context_.table.schema.num_visible_columns()));
    context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Finish() override { return true; }

  void Close() override {
    blackhole::BlackholeLedger::Global().Add(context_.table.name, totals_);
    totals_ = {};
  }

 private:
  SinkContext context_;
  blackhole::RowTotals totals_;
};

}  // namespace

ConnectorTraits BlackholeConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "blackhole";
  traits.description = "Reads every row and forgets it, for benchmarks.";
  traits.sink = true;
  traits.accepts_updates = true;
  return traits;
}

absl::StatusOr<std::unique_ptr<SinkWriter>> BlackholeConnector::MakeSink(
    SinkContext context) const {
  return std::make_unique<BlackholeWriter>(std::move(context));
}

}  // namespace laminar::connectors
