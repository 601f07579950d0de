// Connectors that tests can steer: `test_numbers`, a source of numbered rows, and `test_collect`, a
// sink that keeps what it is given. Options come in plan tables; what was collected is found by the
// table's name.
#ifndef LAMINAR_ENGINE_OPERATORS_CONNECTORS_FOR_TEST_H_
#define LAMINAR_ENGINE_OPERATORS_CONNECTORS_FOR_TEST_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/mutex.h"
#include "base/thread.h"
#include "connectors/api/connector_factory.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// How a test source behaves. Row n of the stream is (n % num_keys, n, n milliseconds); subtask s
/// has the rows n with n % parallelism == s: one split, which is kept whatever the later
/// parallelism, and falls to the subtask with its number modulo that.
struct NumbersForTestOptions {
  int64_t rows = INT64_MAX;  // of all subtasks together
  int64_t rows_per_chunk = 2048;
  int64_t num_keys = 10;
  int64_t fail_at = -1;  // Poll fails when it comes to this row
  bool fail_to_open = false;
  int64_t null_time_every = 0;       // every so many rows the time is NULL; 0: never
  int64_t nanos_between_chunks = 0;  // waits so long before each chunk
  bool end = true;                   // false: idle for ever after the last row
};

/// What a test sink does, and what it has got. Any thread.
class CollectorForTest {
 public:
  struct Options {
    int64_t busy_nanos_per_chunk = 0;  // not ready for so long after each chunk
    int64_t fail_at = -1;              // Write fails after so many rows
    bool never_ready = false;
    bool fail_to_open = false;
    bool fail_to_finish = false;
    int64_t buffered_bytes_per_row = 0;
    int64_t finish_calls = 1;  // Finish returns true at this call
  };

  Options options;

  struct Subtask {
    std::vector<std::vector<int64_t>> rows;  // visible BIGINT columns
    std::vector<data::EventTime> watermarks;
    int64_t chunks = 0;
    bool opened = false;
    bool finished = false;
    bool closed = false;
  };

  void Update(int subtask, const std::function<void(Subtask&)>& change) LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    change(subtasks_[subtask]);
  }
  Subtask Get(int subtask) LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return subtasks_[subtask];
  }
  std::map<int, Subtask> GetAll() LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    return subtasks_;
  }
  int64_t num_rows() LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    int64_t rows = 0;
    for (const auto& [number, subtask] : subtasks_) {
      rows += static_cast<int64_t>(subtask.rows.size());
    }
    return rows;
  }
  /// Publishes a commit of a writer, once.
  void Publish(const std::string& commit) LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    if (!commits_.insert(commit).second) {
      return;
    }
    std::istringstream lines(commit);
    std::string line;
    std::getline(lines, line);  // what names it
    while (std::getline(lines, line)) {
      std::istringstream numbers(line);
      std::vector<int64_t>& row = published_.emplace_back();
      int64_t number = 0;
      while (numbers >> number) {
        row.push_back(number);
      }
    }
  }
  /// All published rows, sorted.
  std::vector<std::vector<int64_t>> SortedPublished() LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    std::vector<std::vector<int64_t>> rows = published_;
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  /// All rows of all subtasks, sorted.
  std::vector<std::vector<int64_t>> SortedRows() LAMINAR_EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    std::vector<std::vector<int64_t>> rows;
    for (const auto& [number, subtask] : subtasks_) {
      rows.insert(rows.end(), subtask.rows.begin(), subtask.rows.end());
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  base::Mutex mutex_;
  std::map<int, Subtask> subtasks_ LAMINAR_GUARDED_BY(mutex_);
  std::set<std::string> commits_ LAMINAR_GUARDED_BY(mutex_);
  std::vector<std::vector<int64_t>> published_ LAMINAR_GUARDED_BY(mutex_);
};

/// Sources and sinks of the running test, by table name.
struct ConnectorsForTest {
  std::map<std::string, NumbersForTestOptions> sources;
  std::map<std::string, std::shared_ptr<CollectorForTest>> sinks;

  static ConnectorsForTest& Get() {
    static ConnectorsForTest connectors;
    return connectors;
  }
  /// Forgets the last test's, and makes both connectors known.
  static void Reset();
};

inline data::Schema NumbersSchemaForTest() {
  data::Schema schema;
  schema.fields = {{"k", data::LogicalType::BIGINT},
                   {"n", data::LogicalType::BIGINT},
                   {"t", data::LogicalType::TIMESTAMP}};
  return schema;
}

class NumbersReaderForTest final : public connectors::SourceReader {
 public:
  NumbersReaderForTest(connectors::SourceContext context, NumbersForTestOptions options)
      : context_(std::move(context)), options_(options) {
    if (!context_.restored.has_value()) {
      splits_.push_back({context_.subtask, context_.subtask, context_.parallelism});
    } else {
      for (const data::SplitPosition& position : *context_.restored) {
        Split split;
        std::istringstream(position.position) >> split.number >> split.next >> split.step;
        if (split.number % context_.parallelism == context_.subtask) {
          splits_.push_back(split);
        }
      }
    }
  }
  ~NumbersReaderForTest() override { EXPECT_TRUE(closed_); }

  absl::Status Open() override {
    return options_.fail_to_open ? base::NotFound("the test source is not there")
                                 : absl::OkStatus();
  }

  absl::StatusOr<connectors::PollResult> Poll(data::Chunk& chunk) override {
    const auto split = std::ranges::min_element(splits_, {}, &Split::next);
    if (split == splits_.end() || split->next >= options_.rows) {
      return connectors::PollResult{.state = options_.end ? connectors::PollState::kEnd
                                                          : connectors::PollState::kIdle};
    }
    if (const base::MonotonicTime now = context_.clock.Now(); now < ready_at_) {
      return connectors::PollResult{.state = connectors::PollState::kIdle, .wake_at = ready_at_};
    }
    ready_at_ = {context_.clock.Now().nanos + options_.nanos_between_chunks};
    std::vector<data::LogicalType> types;
    for (const size_t column : context_.columns) {
      types.push_back(context_.table.schema.fields[column].type);
    }
    chunk = data::Chunk::Allocate(types);
    data::idx_t count = 0;
    int64_t& next = split->next;
    for (; count < static_cast<data::idx_t>(options_.rows_per_chunk) && next < options_.rows;
         ++count, next += split->step) {
      if (options_.fail_at >= 0 && next >= options_.fail_at) {
        return base::DataLoss("the test source is broken at row " + std::to_string(next));
      }
      for (size_t i = 0; i < context_.columns.size(); ++i) {
        const int64_t values[] = {next % options_.num_keys, next, next * 1000};
        duckdb::FlatVector::GetData<int64_t>(chunk.column(i))[count] = values[context_.columns[i]];
        if (context_.columns[i] == 2 && options_.null_time_every > 0 &&
            next % options_.null_time_every == 0) {
          duckdb::FlatVector::SetNull(chunk.column(i), count, true);
        }
      }
    }
    chunk.set_num_rows(count);
    chunk.set_arrival(context_.clock.Now());
    context_.counters.rows += static_cast<int64_t>(count);
    return connectors::PollResult{.state = connectors::PollState::kChunk};
  }

  absl::StatusOr<std::vector<data::SplitPosition>> Positions() override {
    std::vector<data::SplitPosition> positions;
    for (const Split& split : splits_) {
      std::ostringstream text;
      text << split.number << ' ' << split.next << ' ' << split.step;
      positions.push_back({std::to_string(split.number), text.str()});
    }
    return positions;
  }

  void Close() override { closed_ = true; }

 private:
  struct Split {
    int64_t number = 0;
    int64_t next = 0;
    int64_t step = 1;
  };

  const connectors::SourceContext context_;
  const NumbersForTestOptions options_;
  std::vector<Split> splits_;
  base::MonotonicTime ready_at_;
  bool closed_ = false;
};

class CollectWriterForTest final : public connectors::SinkWriter {
 public:
  CollectWriterForTest(connectors::SinkContext context, std::shared_ptr<CollectorForTest> collector)
      : context_(std::move(context)), collector_(std::move(collector)) {}
  ~CollectWriterForTest() override { EXPECT_TRUE(collector_->Get(context_.subtask).closed); }

  absl::Status Open() override {
    collector_->Update(context_.subtask, [](auto& subtask) { subtask.opened = true; });
    return collector_->options.fail_to_open ? base::NotFound("the test sink is not there")
                                            : absl::OkStatus();
  }
  bool Ready() override {
    return !collector_->options.never_ready && context_.clock.Now() >= ready_at_;
  }
  absl::Status Write(const data::Chunk& chunk) override {
    EXPECT_TRUE(Ready());
    if (collector_->options.busy_nanos_per_chunk > 0) {
      ready_at_ = {context_.clock.Now().nanos + collector_->options.busy_nanos_per_chunk};
    }
    context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
    context_.counters.buffered_bytes =
        context_.counters.rows * collector_->options.buffered_bytes_per_row;
    collector_->Update(context_.subtask, [&](CollectorForTest::Subtask& subtask) {
      ++subtask.chunks;
      std::vector<data::UnifiedVectorFormat> columns(context_.table.schema.num_columns());
      for (size_t i = 0; i < columns.size(); ++i) {
        // The writer may not change the chunk: it reads through vectors of its own.
        data::Vector column(chunk.column(i).GetType(), nullptr);
        column.Reference(chunk.column(i));
        column.ToUnifiedFormat(chunk.num_rows(), columns[i]);
        for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
          if (i == 0) {
            subtask.rows.emplace_back();
          }
          subtask.rows[subtask.rows.size() - (i == 0 ? 1 : chunk.num_rows() - row)].push_back(
              data::UnifiedVectorFormat::GetData<int64_t>(
                  columns[i])[columns[i].sel->get_index(row)]);
        }
      }
    });
    if (collector_->options.fail_at >= 0 && context_.counters.rows >= collector_->options.fail_at) {
      return base::Unavailable("the test sink is full");
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override {
    return context_.clock.Now() >= ready_at_ ? std::nullopt : std::optional(ready_at_);
  }
  absl::Status AdvanceWatermark(data::EventTime time) override {
    collector_->Update(context_.subtask,
                       [&](auto& subtask) { subtask.watermarks.push_back(time); });
    return absl::OkStatus();
  }
  // What was written since the last snapshot, as a commit.
  void Snapshot(data::Epoch epoch,
                std::function<void(absl::StatusOr<connectors::SinkSnapshot>)> done) override {
    if (!context_.identity.has_value()) {
      done(connectors::SinkSnapshot());
      return;
    }
    std::ostringstream commit;
    commit << context_.identity->generation.value << ' ' << context_.subtask << ' ' << epoch.value
           << '\n';
    const std::vector<std::vector<int64_t>> rows = collector_->Get(context_.subtask).rows;
    for (size_t i = num_snapshot_; i < rows.size(); ++i) {
      for (const int64_t number : rows[i]) {
        commit << number << ' ';
      }
      commit << '\n';
    }
    num_snapshot_ = rows.size();
    done(connectors::SinkSnapshot{.state = {}, .commits = {commit.str()}});
  }
  absl::StatusOr<bool> Finish() override {
    if (collector_->options.fail_to_finish) {
      return base::DataLoss("the test sink cannot be published");
    }
    const bool finished = ++finish_calls_ >= collector_->options.finish_calls;
    collector_->Update(context_.subtask, [&](auto& subtask) { subtask.finished = finished; });
    return finished;
  }
  void Close() override {
    collector_->Update(context_.subtask, [](auto& subtask) { subtask.closed = true; });
  }

 private:
  const connectors::SinkContext context_;
  const std::shared_ptr<CollectorForTest> collector_;
  base::MonotonicTime ready_at_;
  int64_t finish_calls_ = 0;
  size_t num_snapshot_ = collector_->Get(context_.subtask).rows.size();
};

class NumbersFactoryForTest final : public connectors::ConnectorFactory {
 public:
  explicit NumbersFactoryForTest(bool parallel) : parallel_(parallel) {}
  connectors::ConnectorTraits traits() const override {
    connectors::ConnectorTraits traits;
    traits.name = parallel_ ? "test_numbers" : "test_numbers_single";
    traits.source = true;
    traits.parallel_source = parallel_;
    traits.resumable_source = true;
    return traits;
  }
  absl::StatusOr<std::unique_ptr<connectors::SourceReader>> MakeSource(
      connectors::SourceContext context) const override {
    const NumbersForTestOptions options = ConnectorsForTest::Get().sources.at(context.table.name);
    return std::make_unique<NumbersReaderForTest>(std::move(context), options);
  }

 private:
  const bool parallel_;
};

class CollectFactoryForTest final : public connectors::ConnectorFactory {
 public:
  connectors::ConnectorTraits traits() const override {
    connectors::ConnectorTraits traits;
    traits.name = "test_collect";
    traits.sink = true;
    traits.exactly_once_sink = true;
    return traits;
  }
  base::Outcome Commit(const data::ConnectorTable& table,
                       const std::string& commit) const override {
    ConnectorsForTest::Get().sinks.at(table.name)->Publish(commit);
    return base::Outcome::Applied();
  }
  absl::StatusOr<std::unique_ptr<connectors::SinkWriter>> MakeSink(
      connectors::SinkContext context) const override {
    auto collector = ConnectorsForTest::Get().sinks.at(context.table.name);
    return std::make_unique<CollectWriterForTest>(std::move(context), std::move(collector));
  }
};

inline void ConnectorsForTest::Reset() {
  Get().sources.clear();
  Get().sinks.clear();
  auto& registry = connectors::ConnectorRegistry::Global();
  if (registry.Find("test_numbers") == nullptr) {
    registry.Register(std::make_unique<NumbersFactoryForTest>(true));
    registry.Register(std::make_unique<NumbersFactoryForTest>(false));
    registry.Register(std::make_unique<CollectFactoryForTest>());
  }
}

/// A source node over the test source's (k, n, t), with t as event time.
inline plan::SourceSpec NumbersSourceForTest(const std::string& table,
                                             const NumbersForTestOptions& options) {
  ConnectorsForTest::Get().sources[table] = options;
  plan::SourceSpec spec;
  spec.table.name = table;
  spec.table.connector = "test_numbers";
  spec.table.schema = NumbersSchemaForTest();
  spec.columns = {0, 1, 2};
  spec.event_time = expression::BoundExpression::Column(2, data::LogicalType::TIMESTAMP);
  return spec;
}

/// A sink node of BIGINT columns.
inline plan::SinkSpec CollectSinkForTest(const std::string& table,
                                         std::vector<std::string> columns,
                                         std::shared_ptr<CollectorForTest> collector) {
  ConnectorsForTest::Get().sinks[table] = std::move(collector);
  plan::SinkSpec spec;
  spec.table.name = table;
  spec.table.connector = "test_collect";
  spec.table.kind = data::ConnectorTable::Kind::kSink;
  for (std::string& column : columns) {
    spec.table.schema.fields.push_back({std::move(column), data::LogicalType::BIGINT});
  }
  return spec;
}

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_CONNECTORS_FOR_TEST_H_
