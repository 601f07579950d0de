#include "engine/operators/sink/sink_operator.h"

#include <utility>

#include "base/assert.h"
#include "connectors/api/connector_factory.h"

namespace laminar::engine {

SinkOperator::SinkOperator(const plan::Node& node, Context context)
    : node_(node), spec_(std::get<plan::SinkSpec>(node.spec)), context_(std::move(context)) {
  for (size_t i = 0; i < spec_.table.schema.num_visible_columns(); ++i) {
    if (!spec_.table.schema.fields[i].nullable) {
      not_null_.push_back(i);
    }
  }
}

SinkOperator::~SinkOperator() { LAMINAR_ASSERT(writer_ == nullptr, context_.subtask); }

absl::Status SinkOperator::Open() {
  const connectors::ConnectorFactory* factory =
      connectors::ConnectorRegistry::Global().Find(spec_.table.connector);
  if (factory == nullptr) {
    return base::NotFound("unknown connector: " + spec_.table.connector);
  }
  context_.metrics.watermark_micros.Set(data::EventTime::Min().micros);
  LAMINAR_ASSIGN_OR_RETURN(writer_,
                           factory->MakeSink({.table = spec_.table,
                                              .subtask = context_.subtask,
                                              .parallelism = context_.parallelism,
                                              .clock = context_.clock,
                                              .wake = context_.wake,
                                              .counters = counters_,
                                              .buffer_bytes_max = context_.buffer_bytes_max,
                                              .identity = context_.identity,
                                              .restored = context_.restored}));
  return writer_->Open();
}

bool SinkOperator::Ready() { return writer_->Ready(); }

absl::Status SinkOperator::Write(const data::Chunk& chunk) {
  LAMINAR_ASSERT(chunk.num_columns() >= spec_.table.schema.num_columns(), chunk.num_columns());
  const auto num_rows = static_cast<int64_t>(chunk.num_rows());
  context_.metrics.rows_in.Add(num_rows);
  context_.metrics.chunks_in.Add(1);
  LAMINAR_RETURN_IF_ERROR(CheckNotNull(chunk));
  LAMINAR_RETURN_IF_ERROR(writer_->Write(chunk));
  if (chunk.arrival().nanos != 0) {
    context_.sink_metrics.latency_nanos.Record(context_.clock.Now().nanos - chunk.arrival().nanos,
                                               num_rows);
  }
  PublishCounters();
  return ChargeBuffered(counters_.buffered_bytes);
}

absl::Status SinkOperator::CheckNotNull(const data::Chunk& chunk) const {
  for (const size_t column : not_null_) {
    // A reference, since asking a vector for its format may change it.
    data::Vector values(chunk.column(column).GetType(), nullptr);
    values.Reference(chunk.column(column));
    data::UnifiedVectorFormat format;
    values.ToUnifiedFormat(chunk.num_rows(), format);
    if (format.validity.AllValid()) {
      continue;
    }
    for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
      if (!format.validity.RowIsValid(format.sel->get_index(row))) {
        return base::InvalidArgument("a row has NULL in a column that is NOT NULL: column " +
                                     spec_.table.schema.fields[column].name + " of table " +
                                     spec_.table.name);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status SinkOperator::AdvanceWatermark(const data::Watermark& watermark) {
  context_.metrics.watermark_micros.Set(watermark.time.micros);
  return writer_->AdvanceWatermark(watermark.time);
}

absl::StatusOr<std::optional<base::MonotonicTime>> SinkOperator::Flush() {
  auto next = writer_->Flush();
  PublishCounters();
  LAMINAR_RETURN_IF_ERROR(ChargeBuffered(counters_.buffered_bytes));
  return next;
}

absl::StatusOr<bool> SinkOperator::Finish() {
  auto finished = writer_->Finish();
  PublishCounters();
  return finished;
}

std::vector<std::string> SinkOperator::RestoredOf(const std::vector<rpc::SinkState>& states,
                                                  int subtask,
                                                  int parallelism) {
  std::vector<std::string> own;
  for (const rpc::SinkState& state : states) {
    if (state.subtask % parallelism == subtask && !state.state.empty()) {
      own.push_back(state.state);
    }
  }
  return own;
}

void SinkOperator::Snapshot(data::Epoch epoch,
                            std::function<void(absl::StatusOr<rpc::SinkState>)> done) {
  rpc::SinkState state;
  state.op = {node_.fingerprint};
  state.name = node_.name;
  state.subtask = context_.subtask;
  writer_->Snapshot(epoch, [state = std::move(state), done = std::move(done)](
                               absl::StatusOr<connectors::SinkSnapshot> snapshot) {
    if (!snapshot.ok()) {
      done(snapshot.status());
      return;
    }
    rpc::SinkState full = state;
    full.state = std::move(snapshot->state);
    full.commits = std::move(snapshot->commits);
    done(std::move(full));
  });
  PublishCounters();
}

void SinkOperator::Close() {
  if (writer_ != nullptr) {
    writer_->Close();
    PublishCounters();
    writer_.reset();
    // Giving back is never refused.
    ChargeBuffered(0).IgnoreError();
  }
}

absl::Status SinkOperator::ChargeBuffered(int64_t bytes) {
  if (context_.charge == nullptr || bytes == charged_bytes_) {
    return absl::OkStatus();
  }
  LAMINAR_RETURN_IF_ERROR(context_.charge("a sink's buffers", bytes - charged_bytes_));
  charged_bytes_ = bytes;
  return absl::OkStatus();
}

void SinkOperator::PublishCounters() {
  context_.sink_metrics.rows.Set(counters_.rows);
  context_.sink_metrics.bytes.Set(counters_.bytes);
}

}  // namespace laminar::engine
