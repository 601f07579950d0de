// What a row costs in the operators that work window by window: assignment, join, rankings with and
// without a limit, and functions that go through DuckDB. Rows are made beforehand. Prints one line
// for each; `window_operators_bench [million rows]`.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "data/chunk.h"
#include "engine/operators/window_assign/window_assign.h"
#include "engine/operators/window_function/window_function.h"
#include "engine/operators/window_join/window_join.h"
#include "expression/batch_window_for_test.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;
using data::LogicalType;
using data::Value;

constexpr int64_t kWindowMicros = 10'000'000;

class Unlimited : public MemoryBudget {
 public:
  absl::Status Charge(const char*, int64_t bytes) override {
    used_ += bytes;
    return absl::OkStatus();
  }
  int64_t used_bytes() const override { return used_; }
  int64_t limit_bytes() const override { return int64_t{1} << 60; }

 private:
  int64_t used_ = 0;
};

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

Value Time(int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); }

Value Window(int64_t index) {
  return Value::STRUCT(WindowType(),
                       {Time(index * kWindowMicros), Time((index + 1) * kWindowMicros)});
}

// Columns: id BIGINT, num BIGINT, name VARCHAR, w, event time.
data::Schema RowSchema(bool has_window) {
  data::Schema schema;
  schema.fields = {
      {"id", LogicalType::BIGINT}, {"num", LogicalType::BIGINT}, {"name", LogicalType::VARCHAR}};
  if (has_window) {
    schema.fields.push_back({"w", WindowType()});
  }
  schema.AddEventTime();
  return schema;
}

struct RowShape {
  int64_t rows_per_window = 20'000;
  int64_t num_ids = 1'000'000;  // ids are drawn from so many, beginning anew with each window
  bool has_window = true;
};

// Chunks of one window after another; the last of each is shorter.
std::vector<Chunk> MakeRows(const RowShape& shape, int64_t num_rows) {
  std::vector<Chunk> chunks;
  uint64_t random = 42;
  for (int64_t row = 0; row < num_rows;) {
    const int64_t window = row / shape.rows_per_window;
    const int64_t left = std::min((window + 1) * shape.rows_per_window, num_rows) - row;
    const auto count = std::min<int64_t>(left, base::kRowsPerChunkMax);
    Chunk chunk = Chunk::Allocate(RowSchema(shape.has_window).Types());
    auto* ids = duckdb::FlatVector::GetData<int64_t>(chunk.column(0));
    auto* nums = duckdb::FlatVector::GetData<int64_t>(chunk.column(1));
    auto* names = duckdb::FlatVector::GetData<duckdb::string_t>(chunk.column(2));
    const size_t time_column = chunk.num_columns() - 1;
    auto* times = duckdb::FlatVector::GetData<int64_t>(chunk.column(time_column));
    for (int64_t i = 0; i < count; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      ids[i] = static_cast<int64_t>((random >> 33) % static_cast<uint64_t>(shape.num_ids));
      nums[i] = static_cast<int64_t>((random >> 20) % 1'000'003);
      names[i] = duckdb::StringVector::AddString(
          chunk.column(2), "a name of some length " + std::to_string(ids[i] % 100));
      times[i] = window * kWindowMicros +
                 (row + i) % shape.rows_per_window * kWindowMicros / shape.rows_per_window;
    }
    if (shape.has_window) {
      chunk.column(3).Reference(Window(window));
      chunk.column(time_column).Reference(Time((window + 1) * kWindowMicros - 1));
    }
    chunk.set_num_rows(count);
    chunks.push_back(std::move(chunk));
    row += count;
  }
  return chunks;
}

class Bench {
 public:
  explicit Bench(int64_t num_rows) : num_rows_(num_rows) {}

  // Feeds windows in turn to every input, with a watermark behind each; `rows_per_window` of input
  // i are rows_per_window[i].
  void Run(const char* name, std::unique_ptr<Operator> op, std::vector<RowShape> shapes) {
    std::vector<std::vector<Chunk>> inputs;
    int64_t per_window = 0;
    for (const RowShape& shape : shapes) {
      per_window += shape.rows_per_window;
    }
    const int64_t num_windows = std::max<int64_t>(num_rows_ / per_window, 1);
    for (const RowShape& shape : shapes) {
      inputs.push_back(MakeRows(shape, num_windows * shape.rows_per_window));
    }
    Unlimited memory;
    OperatorMetrics metrics;
    OperatorContext context{.clock = base::SystemClock(), .memory = memory, .metrics = metrics};
    Check(op->Open(context));
    std::vector<size_t> next(inputs.size(), 0);
    const int64_t started = base::ThreadCpuNanos();
    for (int64_t window = 0; window < num_windows; ++window) {
      for (size_t i = 0; i < inputs.size(); ++i) {
        for (int64_t fed = 0; fed < shapes[i].rows_per_window; ++next[i]) {
          fed += static_cast<int64_t>(inputs[i][next[i]].num_rows());
          Check(op->Process(static_cast<int>(i), inputs[i][next[i]].Share()));
          Drain(*op);
        }
      }
      Check(op->ProcessWatermark({.time = {(window + 1) * kWindowMicros}, .arrival = {}}));
      Drain(*op);
    }
    const double nanos = static_cast<double>(base::ThreadCpuNanos() - started);
    op->Close();
    const auto rows = static_cast<double>(num_windows * per_window);
    std::printf("%-44s %8.1f ns per row  %8.2f M rows/s  %10lld rows out\n", name, nanos / rows,
                rows / nanos * 1e3, static_cast<long long>(num_out_));
    num_out_ = 0;
  }

 private:
  static void Check(const absl::Status& status) {
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", status.ToString().c_str());
      std::abort();
    }
  }
  void Drain(Operator& op) {
    while (true) {
      auto chunk = op.Produce();
      Check(chunk.status());
      if (!*chunk) {
        return;
      }
      num_out_ += static_cast<int64_t>((*chunk)->num_rows());
    }
  }

  const int64_t num_rows_;
  int64_t num_out_ = 0;
};

std::unique_ptr<Operator> Assign(plan::WindowSpec window) {
  plan::Node node;
  node.spec = plan::WindowAssignSpec{.window = window, .time_column = 3};
  node.output = RowSchema(/*has_window=*/true);
  return MakeWindowAssign(node, RowSchema(/*has_window=*/false));
}

std::unique_ptr<Operator> Join(plan::JoinType type) {
  plan::WindowJoinSpec spec;
  spec.type = type;
  spec.left_window = 3;
  spec.right_window = 3;
  spec.left_keys = {0};
  spec.right_keys = {0};
  spec.null_equals_null = {false};
  const data::Schema side = RowSchema(true);
  plan::Node node;
  node.output.fields.assign(side.fields.begin(), side.fields.end() - 1);
  if (type != plan::JoinType::kSemi && type != plan::JoinType::kAnti) {
    node.output.fields.insert(node.output.fields.end(), side.fields.begin(), side.fields.end() - 1);
  }
  node.output.AddEventTime();
  node.spec = spec;
  return MakeWindowJoin(node, side, side);
}

std::unique_ptr<Operator> Function(const std::string& call,
                                   std::vector<size_t> partition_by,
                                   std::optional<int64_t> top_n) {
  const data::Schema input = RowSchema(true);
  plan::WindowFunctionSpec spec;
  spec.window_column = 3;
  spec.partition_by = std::move(partition_by);
  spec.top_n = top_n;
  plan::Node node;
  node.output.fields.assign(input.fields.begin(), input.fields.end() - 1);
  for (const auto& bound : expression::BindWindowCallsForTest(call, input)) {
    spec.functions.push_back({bound, "function"});
    node.output.fields.push_back({"function", bound.type()});
  }
  node.output.AddEventTime();
  node.spec = std::move(spec);
  return MakeWindowFunction(node, input);
}

void RunAll(int64_t num_rows) {
  Bench bench(num_rows);
  const data::Duration width{kWindowMicros};
  const RowShape raw{.has_window = false};
  bench.Run(
      "assign: tumble",
      Assign(
          {.kind = plan::WindowSpec::Kind::kTumble, .width = width, .slide = width, .offset = {}}),
      {raw});
  bench.Run("assign: hop, 5 windows a row",
            Assign({.kind = plan::WindowSpec::Kind::kHop,
                    .width = width,
                    .slide = {kWindowMicros / 5},
                    .offset = {}}),
            {raw});
  const RowShape persons{.rows_per_window = 10'000, .num_ids = 10'000};
  const RowShape auctions{.rows_per_window = 30'000, .num_ids = 10'000};
  bench.Run("join: 10,000 x 30,000 inner, every row matches", Join(plan::JoinType::kInner),
            {persons, auctions});
  bench.Run("join: left", Join(plan::JoinType::kLeft), {persons, auctions});
  bench.Run("join: semi", Join(plan::JoinType::kSemi), {persons, auctions});
  const RowShape few{.rows_per_window = 100, .num_ids = 100};
  bench.Run("join: 100 x 100", Join(plan::JoinType::kInner), {few, few});
  const RowShape rows{};
  bench.Run("rank <= 1 of the window", Function("rank() OVER (ORDER BY num DESC)", {}, 1), {rows});
  bench.Run("row_number <= 10 of the window",
            Function("row_number() OVER (ORDER BY num DESC)", {}, 10), {rows});
  bench.Run("row_number <= 10 of the window, 2 columns",
            Function("row_number() OVER (ORDER BY num DESC, id)", {}, 10), {rows});
  const RowShape grouped{.num_ids = 2000};
  bench.Run("row_number <= 1 of 2000 partitions",
            Function("row_number() OVER (ORDER BY num DESC)", {0}, 1), {grouped});
  bench.Run("row_number of 2000 partitions",
            Function("row_number() OVER (ORDER BY num DESC)", {0}, std::nullopt), {grouped});
  bench.Run("row_number of the window",
            Function("row_number() OVER (ORDER BY num DESC)", {}, std::nullopt), {rows});
  bench.Run("lag of 2000 partitions, by DuckDB",
            Function("lag(num) OVER (ORDER BY num DESC)", {0}, std::nullopt), {grouped});
  const RowShape small{.rows_per_window = 10, .num_ids = 2000};
  bench.Run("row_number of windows of 10 rows",
            Function("row_number() OVER (ORDER BY num DESC)", {0}, std::nullopt), {small});
}

}  // namespace
}  // namespace laminar::engine

int main(int argc, char** argv) {
  laminar::engine::RunAll((argc > 1 ? std::atoll(argv[1]) : 2) * 1'000'000);
}
