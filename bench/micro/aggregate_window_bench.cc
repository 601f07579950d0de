// Window aggregates over rows made beforehand, watermark with every chunk, results thrown away:
// million rows a second of CPU time. `aggregate_window_bench [million rows]`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "bench/micro/nexmark_keys_for_bench.h"
#include "engine/operators/window_aggregate/window_aggregate.h"
#include "engine/state/memory_for_test.h"
#include "expression/aggregate_for_test.h"
#include "plan/partial_aggregate.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using plan::WindowSpec;

constexpr int64_t kSecond = 1'000'000;

data::Schema BidSchema() {
  data::Schema schema;
  schema.fields = {{"auction", LogicalType::BIGINT},
                   {"bidder", LogicalType::BIGINT},
                   {"price", LogicalType::BIGINT},
                   {"real_price", LogicalType::DOUBLE},
                   {"high", LogicalType::BOOLEAN}};
  schema.AddEventTime();
  return schema;
}

std::vector<data::Chunk> MakeBids(int64_t num_rows, int64_t micros_per_row) {
  std::vector<data::Chunk> chunks;
  bench::NexmarkKeys keys;
  for (int64_t first = 0; first < num_rows; first += base::kRowsPerChunkMax) {
    data::Chunk chunk = data::Chunk::Allocate(BidSchema().Types());
    for (int i = 0; i < base::kRowsPerChunkMax; ++i) {
      const bench::NexmarkKeys::Bid bid = keys.Next();
      duckdb::FlatVector::GetData<int64_t>(chunk.column(0))[i] = bid.auction;
      duckdb::FlatVector::GetData<int64_t>(chunk.column(1))[i] = bid.bidder;
      duckdb::FlatVector::GetData<int64_t>(chunk.column(2))[i] = bid.price;
      duckdb::FlatVector::GetData<double>(chunk.column(3))[i] =
          static_cast<double>(bid.price) * 0.908;
      duckdb::FlatVector::GetData<bool>(chunk.column(4))[i] = bid.price >= 1'000'000;
      duckdb::FlatVector::GetData<int64_t>(chunk.column(5))[i] = (first + i) * micros_per_row;
    }
    chunk.set_num_rows(base::kRowsPerChunkMax);
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

struct Query {
  std::string name;
  std::optional<WindowSpec> window;
  std::vector<size_t> keys;
  std::string calls;
};

plan::Node MakeNode(const Query& query) {
  plan::WindowAggregateSpec spec;
  spec.window = query.window;
  spec.window_column = BidSchema().event_time_index();
  spec.keys = query.keys;
  spec.aggregates = expression::BindAggregatesForTest(query.calls, BidSchema());
  plan::Node node;
  for (const size_t key : query.keys) {
    node.output.fields.push_back(BidSchema().fields[key]);
  }
  node.output.fields.push_back({"window", LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP},
                                                               {"end", LogicalType::TIMESTAMP}})});
  for (const expression::BoundAggregate& aggregate : spec.aggregates) {
    node.output.fields.push_back({aggregate.name, aggregate.type});
  }
  node.output.AddEventTime();
  node.spec = std::move(spec);
  return node;
}

void Check(const absl::Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    std::exit(1);
  }
}

class Runner {
 public:
  Runner(const plan::Node& node, const data::Schema& input)
      : op_(MakeWindowAggregate(node, input)) {
    Check(op_->Open(context_));
  }
  ~Runner() { op_->Close(); }

  void Process(data::Chunk chunk) { Check(op_->Process(0, std::move(chunk))); }
  void Advance(int64_t watermark) {
    Check(op_->ProcessWatermark({.time = {watermark}, .idle = false, .arrival = {}}));
  }
  std::optional<data::Chunk> Produce() {
    auto chunk = op_->Produce();
    Check(chunk.status());
    if (*chunk) {
      num_results_ += static_cast<int64_t>((*chunk)->num_rows());
    }
    return *std::move(chunk);
  }
  int64_t num_results() const { return num_results_; }

 private:
  MemoryForTest memory_;
  OperatorMetrics metrics_;
  OperatorContext context_{.clock = base::SystemClock(), .memory = memory_, .metrics = metrics_};
  std::unique_ptr<Operator> op_;
  int64_t num_results_ = 0;
};

int64_t GreatestTime(const data::Chunk& chunk) {
  return duckdb::FlatVector::GetData<int64_t>(
      chunk.column(chunk.num_columns() - 1))[chunk.num_rows() - 1];
}

void Measure(const Query& query, const std::vector<data::Chunk>& bids) {
  double best = 0;
  int64_t num_results = 0;
  for (int pass = 0; pass < 3; ++pass) {
    Runner runner(MakeNode(query), BidSchema());
    const int64_t start = base::ThreadCpuNanos();
    for (const data::Chunk& chunk : bids) {
      runner.Process(chunk.Share());
      runner.Advance(GreatestTime(chunk));
      while (runner.Produce()) {
      }
    }
    const auto nanos = static_cast<double>(base::ThreadCpuNanos() - start);
    best = std::max(best, static_cast<double>(bids.size()) * base::kRowsPerChunkMax * 1e3 / nanos);
    num_results = runner.num_results();
  }
  std::printf("%-62s %6.1f M rows/s  %9lld results\n", query.name.c_str(), best,
              static_cast<long long>(num_results));
}

void MeasureTwoPhases(const Query& query, const std::vector<data::Chunk>& bids) {
  const plan::Node whole = MakeNode(query);
  const auto& spec = std::get<plan::WindowAggregateSpec>(whole.spec);
  plan::Node local;
  local.spec = plan::LocalSpec(spec);
  local.output = plan::PartialSchema(spec, BidSchema());
  plan::Node global = whole;
  global.spec = plan::GlobalSpec(spec);
  Runner first(local, BidSchema());
  Runner second(global, local.output);
  const int64_t start = base::ThreadCpuNanos();
  for (const data::Chunk& chunk : bids) {
    first.Process(chunk.Share());
    first.Advance(GreatestTime(chunk));
    while (std::optional<data::Chunk> partial = first.Produce()) {
      second.Process(std::move(*partial));
    }
    second.Advance(GreatestTime(chunk));
    while (second.Produce()) {
    }
  }
  const auto nanos = static_cast<double>(base::ThreadCpuNanos() - start);
  std::printf("%-62s %6.1f M rows/s  %9lld partial rows\n", (query.name + ", two phases").c_str(),
              static_cast<double>(bids.size()) * base::kRowsPerChunkMax * 1e3 / nanos,
              static_cast<long long>(first.num_results()));
}

WindowSpec Window(WindowSpec::Kind kind, int64_t slide, int64_t width) {
  return {.kind = kind, .width = {width}, .slide = {slide}, .offset = {0}};
}

int Main(int argc, char** argv) {
  const int64_t millions = argc > 1 ? std::atoll(argv[1]) : 0;
  const int64_t num_rows = (millions > 0 ? millions : 4) * 1'000'000;
  const WindowSpec hop = Window(WindowSpec::Kind::kHop, 2 * kSecond, 10 * kSecond);
  const WindowSpec tumble = Window(WindowSpec::Kind::kTumble, 10 * kSecond, 10 * kSecond);
  const WindowSpec session = Window(WindowSpec::Kind::kSession, 10 * kSecond, 10 * kSecond);
  for (const int64_t micros_per_row : {10, 100}) {
    std::printf("--- %lld rows a second of event time\n",
                static_cast<long long>(kSecond / micros_per_row));
    const std::vector<data::Chunk> bids = MakeBids(num_rows, micros_per_row);
    const Query q5{"count(*) by auction, hop(2 s, 10 s)  [q5]", hop, {0}, "count(*)"};
    Measure(q5, bids);
    MeasureTwoPhases(q5, bids);
    Measure({"max(price) by auction, hop(2 s, 10 s)", hop, {0}, "max(price)"}, bids);
    Measure({"max(price) by auction, hop(100 ms, 10 s)",
             Window(WindowSpec::Kind::kHop, kSecond / 10, 10 * kSecond),
             {0},
             "max(price)"},
            bids);
    Measure({"max(price), tumble(10 s)  [q7]", tumble, {}, "max(price)"}, bids);
    Measure({"count(*) by bidder, tumble(10 s)  [q12]", tumble, {1}, "count(*)"}, bids);
    Measure({"count(*) by auction, bidder, tumble(10 s)", tumble, {0, 1}, "count(*)"}, bids);
    Measure({"count(*) by bidder, session(10 s)  [q11]", session, {1}, "count(*)"}, bids);
    Measure(
        {"count, min, max, avg, sum(price) by auction, tumble(10 s)  [q17]",
         tumble,
         {0},
         "count(*), count(*) FILTER (WHERE high), min(price), max(price), avg(price), sum(price)"},
        bids);
    Measure({"sum, stddev(real_price) by auction, tumble(10 s)",
             tumble,
             {0},
             "sum(real_price), stddev(real_price)"},
            bids);
    Measure({"count(DISTINCT bidder), tumble(10 s)  [q15]", tumble, {}, "count(DISTINCT bidder)"},
            bids);
    Measure({"count(DISTINCT bidder) by auction, tumble(10 s)  [q16]",
             tumble,
             {0},
             "count(DISTINCT bidder)"},
            bids);
    Measure({"median(price) by auction, tumble(10 s)", tumble, {0}, "median(price)"}, bids);
  }
  return 0;
}

}  // namespace
}  // namespace laminar::engine

int main(int argc, char** argv) { return laminar::engine::Main(argc, argv); }
