#include "window_aggregate_case.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "gtest/gtest.h"

#include "duckdb.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/planner/expression/list.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/list.hpp"
#include "duckdb/planner/planner.hpp"

#include "base/limits.h"
#include "engine/operators/operator_for_test.h"
#include "engine/operators/window_aggregate/window_aggregate.h"
#include "expression/duckdb_instance.h"
#include "expression/evaluator.h"
#include "plan/partial_aggregate.h"

namespace laminar::differential {
namespace {

using data::LogicalType;
using expression::BoundAggregate;
using expression::BoundExpression;
using plan::WindowSpec;

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

duckdb::unique_ptr<duckdb::MaterializedQueryResult> Query(duckdb::Connection& connection,
                                                          const std::string& text) {
  auto result = connection.Query(text);
  if (result->HasError()) {
    ADD_FAILURE() << text << "\n" << result->GetError();
    result->ThrowError();
  }
  return result;
}

void ResolveColumns(duckdb::unique_ptr<duckdb::Expression>& expression,
                    const duckdb::LogicalGet& get) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& reference = expression->Cast<duckdb::BoundColumnRefExpression>();
    expression = duckdb::make_uniq<duckdb::BoundReferenceExpression>(
        reference.return_type,
        static_cast<duckdb::storage_t>(
            get.GetColumnIds()[reference.binding.column_index].GetPrimaryIndex()));
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression,
      [&](duckdb::unique_ptr<duckdb::Expression>& child) { ResolveColumns(child, get); });
}

// The operator's input: expressions over the table, and the spec over their positions.
struct Bound {
  std::vector<BoundExpression> columns;
  data::Schema input;
  plan::WindowAggregateSpec spec;
};

class Binder {
 public:
  Binder(const std::string& table, const Case& test) : connection_(expression::DuckDbInstance()) {
    connection_.BeginTransaction();
    duckdb::Parser parser;
    parser.ParseQuery("SELECT " + Join(test.calls) + " FROM " + table + " GROUP BY " +
                      Join(test.keys.empty() ? std::vector<std::string>{"ts"} : test.keys) +
                      ", ts");
    duckdb::Planner planner(*connection_.context);
    planner.CreatePlan(std::move(parser.statements[0]));
    duckdb::LogicalOperator* op = planner.plan.get();
    while (op->type != duckdb::LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY) {
      op = op->children[0].get();
    }
    auto& aggregate = op->Cast<duckdb::LogicalAggregate>();
    auto& get = aggregate.children[0]->Cast<duckdb::LogicalGet>();
    for (size_t i = 0; i < test.keys.size(); ++i) {
      bound_.spec.keys.push_back(Add(*aggregate.groups[i], get));
    }
    for (const auto& expression : aggregate.expressions) {
      bound_.spec.aggregates.push_back(
          BindCall(expression->Cast<duckdb::BoundAggregateExpression>(), get));
    }
    const size_t time = Add(*aggregate.groups.back(), get);
    // The event time is the last column.
    if (time + 1 != bound_.columns.size()) {
      bound_.columns.push_back(bound_.columns[time]);
      bound_.input.fields.push_back({"_timestamp", LogicalType::TIMESTAMP, false});
    }
    bound_.input.has_event_time = true;
    bound_.spec.window = test.window;
    bound_.spec.window_column = bound_.columns.size() - 1;
    connection_.Rollback();
  }

  Bound Take() { return std::move(bound_); }

 private:
  size_t Add(const duckdb::Expression& expression, const duckdb::LogicalGet& get) {
    auto copy = expression.Copy();
    ResolveColumns(copy, get);
    copy->SetAlias("");
    const std::string text = copy->ToString() + copy->return_type.ToString();
    const auto [at, is_new] = positions_.try_emplace(text, bound_.columns.size());
    if (is_new) {
      bound_.input.fields.push_back({"c" + std::to_string(at->second), copy->return_type});
      bound_.columns.emplace_back(std::shared_ptr<const duckdb::Expression>(std::move(copy)));
    }
    return at->second;
  }

  BoundAggregate BindCall(const duckdb::BoundAggregateExpression& call,
                          const duckdb::LogicalGet& get) {
    BoundAggregate aggregate;
    aggregate.name = duckdb::StringUtil::Lower(call.function.name);
    aggregate.type = call.return_type;
    aggregate.distinct = call.IsDistinct();
    auto detached =
        duckdb::unique_ptr_cast<duckdb::Expression, duckdb::BoundAggregateExpression>(call.Copy());
    size_t position = 0;
    for (auto& child : detached->children) {
      aggregate.arguments.push_back(Add(*child, get));
      aggregate.argument_types.push_back(child->return_type);
      child = duckdb::make_uniq<duckdb::BoundReferenceExpression>(child->return_type, position++);
    }
    if (call.filter != nullptr) {
      aggregate.filter = Add(*call.filter, get);
      detached->filter.reset();
    }
    if (call.order_bys != nullptr) {
      for (const auto& order : call.order_bys->orders) {
        aggregate.order_by.push_back(Add(*order.expression, get));
      }
    }
    aggregate.call = std::shared_ptr<const duckdb::BoundAggregateExpression>(std::move(detached));
    return aggregate;
  }

  duckdb::Connection connection_;
  Bound bound_;
  std::map<std::string, size_t> positions_;
};

data::Schema OutputSchema(const Bound& bound, const plan::WindowAggregateSpec& spec) {
  data::Schema schema;
  for (const size_t key : bound.spec.keys) {
    schema.fields.push_back(bound.input.fields[key]);
  }
  schema.fields.push_back({"window", LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP},
                                                          {"end", LogicalType::TIMESTAMP}})});
  for (const BoundAggregate& aggregate : spec.aggregates) {
    schema.fields.push_back({aggregate.name, aggregate.type});
  }
  schema.AddEventTime();
  return schema;
}

plan::Node MakeNode(plan::WindowAggregateSpec spec, data::Schema output) {
  plan::Node node;
  node.name = "window_aggregate";
  node.spec = std::move(spec);
  node.output = std::move(output);
  return node;
}

// An operator that is driven by the runtime's rules.
class Driver {
 public:
  Driver(const plan::Node& node, const data::Schema& input)
      : node_(node), input_(input), op_(engine::MakeWindowAggregate(node, input)) {
    Check(op_->Open(context_));
  }
  ~Driver() {
    op_->Close();
    EXPECT_EQ(budget_.used_bytes(), 0);
  }

  void Process(data::Chunk chunk) {
    EXPECT_LT(chunk.num_rows(), base::kRowsPerChunkMax + 1);
    Check(op_->Process(0, std::move(chunk)));
    Drain();
  }
  void Advance(int64_t watermark) {
    Check(op_->ProcessWatermark({.time = {watermark}, .idle = false, .arrival = {}}));
    Drain();
    promised_ = op_->OutputWatermark({watermark}).micros;
  }
  void End() {
    Advance(INT64_MAX);
    Check(op_->EndInput(0));
    Drain();
  }
  std::vector<data::Chunk> TakeOutput() { return std::exchange(output_, {}); }
  int64_t num_late() const { return metrics_.late_rows.Get(); }
  void CheckPromises() { checks_promises_ = true; }

  // Into a fresh operator, as a restore does.
  std::unique_ptr<Driver> Restored() {
    Check(op_->ProcessBarrier({}));
    Drain();
    auto other = std::make_unique<Driver>(node_, input_);
    const engine::KeyGroupRange all;
    const std::vector<engine::StateTable*> from = op_->StateTables();
    const std::vector<engine::StateTable*> to = other->op_->StateTables();
    EXPECT_EQ(from.size(), to.size());
    for (size_t i = 0; i < from.size(); ++i) {
      const auto cut = from[i]->Cut(engine::CutKind::kAll, all);
      Check(cut.status());
      for (auto rows = (*cut)->Next(); rows.ok() && rows->has_value(); rows = (*cut)->Next()) {
        EXPECT_EQ((*rows)->columns().GetTypes(), to[i]->ChangeSchema().Types());
        Check(to[i]->Apply(**rows, all));
      }
    }
    other->op_->StateRestored();
    const std::vector<engine::StateTable*> restored = other->op_->StateTables();
    for (size_t i = 0; i < from.size(); ++i) {
      EXPECT_EQ(restored[i]->num_rows(), from[i]->num_rows()) << from[i]->schema().name;
    }
    other->output_ = TakeOutput();
    other->promised_ = promised_;
    other->checks_promises_ = checks_promises_;
    return other;
  }

 private:
  static void Check(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }

  void Drain() {
    while (true) {
      auto chunk = op_->Produce();
      ASSERT_TRUE(chunk.ok()) << chunk.status();
      if (!chunk->has_value()) {
        return;
      }
      EXPECT_GT((*chunk)->num_rows(), 0);
      EXPECT_EQ((*chunk)->columns().GetTypes(), node_.output.Types());
      if (checks_promises_) {
        const data::Vector& times = (*chunk)->column((*chunk)->num_columns() - 1);
        for (size_t i = 0; i < (*chunk)->num_rows(); ++i) {
          EXPECT_GE(times.GetValue(i).GetValue<duckdb::timestamp_t>().value, promised_);
        }
      }
      output_.push_back(std::move(**chunk));
    }
  }

  const plan::Node node_;
  const data::Schema input_;
  engine::MemoryForTest budget_;
  engine::OperatorMetrics metrics_;
  engine::OperatorContext context_{.clock = base::SystemClock(),
                                   .memory = budget_,
                                   .metrics = metrics_};
  std::unique_ptr<engine::Operator> op_;
  std::vector<data::Chunk> output_;
  int64_t promised_ = INT64_MIN;
  bool checks_promises_ = false;
};

// The operators of a run: one, or locals that feed one.
class Pipeline {
 public:
  Pipeline(const Bound& bound, Phases phases) {
    if (phases == Phases::kOne) {
      last_ = std::make_unique<Driver>(MakeNode(bound.spec, OutputSchema(bound, bound.spec)),
                                       bound.input);
    } else {
      EXPECT_TRUE(plan::CanSplit(bound.spec));
      const data::Schema partial = plan::PartialSchema(bound.spec, bound.input);
      const plan::WindowAggregateSpec global = plan::GlobalSpec(bound.spec);
      for (int i = 0; i < (phases == Phases::kTwo ? 1 : 4); ++i) {
        locals_.push_back(
            std::make_unique<Driver>(MakeNode(plan::LocalSpec(bound.spec), partial), bound.input));
      }
      last_ = std::make_unique<Driver>(MakeNode(global, OutputSchema(bound, global)), partial);
    }
    last_->CheckPromises();
  }

  void Process(data::Chunk chunk) {
    if (locals_.empty()) {
      last_->Process(std::move(chunk));
      return;
    }
    Driver& local = *locals_[next_local_++ % locals_.size()];
    local.Process(std::move(chunk));
    Forward(local);
  }
  void Advance(int64_t watermark) {
    for (const auto& local : locals_) {
      local->Advance(watermark);
      Forward(*local);
    }
    last_->Advance(watermark);
  }
  void Restore() {
    last_ = last_->Restored();
    for (auto& local : locals_) {
      local = local->Restored();
    }
  }
  void End() {
    for (const auto& local : locals_) {
      local->End();
      Forward(*local);
    }
    last_->End();
    EXPECT_EQ(last_->num_late(), 0);
  }
  std::vector<data::Chunk> TakeOutput() { return last_->TakeOutput(); }

 private:
  void Forward(Driver& local) {
    for (data::Chunk& chunk : local.TakeOutput()) {
      last_->Process(std::move(chunk));
    }
  }

  std::vector<std::unique_ptr<Driver>> locals_;
  std::unique_ptr<Driver> last_;
  size_t next_local_ = 0;
};

Rows ToRows(const std::vector<data::Chunk>& chunks, size_t num_keys) {
  Rows rows;
  for (const data::Chunk& chunk : chunks) {
    for (size_t row = 0; row < chunk.num_rows(); ++row) {
      Row values;
      for (size_t i = 0; i + 1 < chunk.num_columns(); ++i) {
        const data::Value value = chunk.column(i).GetValue(row);
        if (i == num_keys) {
          values.push_back(duckdb::StructValue::GetChildren(value)[0]);
          values.push_back(duckdb::StructValue::GetChildren(value)[1]);
        } else {
          values.push_back(value);
        }
      }
      rows.push_back(std::move(values));
    }
  }
  return rows;
}

// A query that gives the table's rows, each once per window, with columns w_start and w_end in
// microseconds.
std::string RowsByWindow(const std::string& table, const Case& test) {
  const WindowSpec& window = test.window;
  const std::string width = std::to_string(window.width.micros);
  const std::string slide = std::to_string(
      window.kind == WindowSpec::Kind::kTumble ? window.width.micros : window.slide.micros);
  const std::string offset = std::to_string(window.offset.micros);
  const auto floor = [](const std::string& a, const std::string& b) {
    return "((" + a + ") - ((((" + a + ") % " + b + ") + " + b + ") % " + b + "))";
  };
  const std::string time = "epoch_us(ts) - " + offset;
  switch (window.kind) {
    case WindowSpec::Kind::kTumble:
    case WindowSpec::Kind::kHop: {
      const int64_t overlap = window.width.micros / std::stoll(slide) + 2;
      return "SELECT *, w_start + " + width + " AS w_end FROM (SELECT *, " + offset + " + " +
             floor(time, slide) + " - unnest(range(" + std::to_string(overlap) + ")) * " + slide +
             " AS w_start FROM " + table + ") WHERE w_start <= epoch_us(ts) AND w_start + " +
             width + " > epoch_us(ts)";
    }
    case WindowSpec::Kind::kCumulate: {
      const int64_t steps = (window.width.micros + window.slide.micros - 1) / window.slide.micros;
      return "SELECT * FROM (SELECT *, least(w_start + unnest(range(1, " +
             std::to_string(steps + 1) + ")) * " + slide + ", w_start + " + width +
             ") AS w_end FROM (SELECT *, " + offset + " + " + floor(time, width) +
             " AS w_start FROM " + table + ")) WHERE w_end > epoch_us(ts)";
    }
    case WindowSpec::Kind::kSession: {
      const std::string partition =
          test.keys.empty() ? "" : "PARTITION BY " + Join(test.keys) + " ";
      const std::string session = test.keys.empty() ? "island" : Join(test.keys) + ", island";
      return "SELECT *, epoch_us(min(ts) OVER (PARTITION BY " + session +
             ")) AS w_start, epoch_us(max(ts) OVER (PARTITION BY " + session + ")) + " + width +
             " AS w_end FROM (SELECT *, sum(CASE WHEN epoch_us(ts) - before > " + width +
             " THEN 1 ELSE 0 END) OVER (" + partition +
             "ORDER BY ts, seq ROWS UNBOUNDED PRECEDING) AS island FROM "
             "(SELECT *, epoch_us(lag(ts) OVER (" +
             partition + "ORDER BY ts, seq)) AS before FROM " + table + ")) ORDER BY seq";
    }
  }
  return "";
}

bool IsFloat(const data::Value& value) {
  return value.type().id() == data::LogicalTypeId::DOUBLE ||
         value.type().id() == data::LogicalTypeId::FLOAT;
}

bool Same(const data::Value& a, const data::Value& b, double tolerance) {
  if (tolerance > 0 && !a.IsNull() && !b.IsNull() && IsFloat(a) && IsFloat(b)) {
    const double x = a.GetValue<double>();
    const double y = b.GetValue<double>();
    if (x == y || (std::isnan(x) && std::isnan(y))) {
      return true;
    }
    return std::abs(x - y) <= tolerance * std::max({std::abs(x), std::abs(y), 1e-9});
  }
  return a.type() == b.type() && a.IsNull() == b.IsNull() &&
         (a.IsNull() || a.ToString() == b.ToString());
}

}  // namespace

void Execute(const std::string& statement) {
  duckdb::Connection connection(expression::DuckDbInstance());
  Query(connection, statement);
}

Rows RunStreaming(const std::string& table, const Case& test, const Run& run) {
  const Bound bound = Binder(table, test).Take();
  Pipeline pipeline(bound, run.phases);
  expression::ProjectionEvaluator evaluator(bound.columns);

  duckdb::Connection connection(expression::DuckDbInstance());
  const auto result = Query(connection, "SELECT * FROM " + table + " ORDER BY seq");
  const auto num_rows = static_cast<int64_t>(result->RowCount());
  int64_t greatest = INT64_MIN;
  int64_t watermark = INT64_MIN;
  int64_t num_done = 0;
  bool restored = !run.restore_midway;
  for (auto fetched = result->Fetch(); fetched != nullptr && fetched->size() > 0;
       fetched = result->Fetch()) {
    data::Chunk whole = data::Chunk::Shell({result->types.begin(), result->types.end()});
    whole.columns().Reference(*fetched);
    for (int64_t first = 0; first < static_cast<int64_t>(whole.num_rows());
         first += run.rows_per_batch) {
      const auto count =
          std::min<int64_t>(run.rows_per_batch, static_cast<int64_t>(whole.num_rows()) - first);
      data::SelectionVector selection(count);
      for (int64_t i = 0; i < count; ++i) {
        selection.set_index(i, first + i);
      }
      auto batch = evaluator.Evaluate(whole.Select(selection, count));
      EXPECT_TRUE(batch.ok()) << batch.status();
      const data::Vector& times = batch->column(bound.spec.window_column);
      for (int64_t i = 0; i < count; ++i) {
        greatest = std::max(greatest, times.GetValue(i).GetValue<duckdb::timestamp_t>().value);
      }
      pipeline.Process(std::move(*batch));
      if (greatest - run.delay_micros > watermark) {
        watermark = greatest - run.delay_micros;
        pipeline.Advance(watermark);
      }
      num_done += count;
      if (!restored && num_done * 2 > num_rows) {
        pipeline.Restore();
        restored = true;
      }
    }
  }
  pipeline.End();
  const Rows rows = ToRows(pipeline.TakeOutput(), test.keys.size());
  // Windows come in order of their end.
  for (size_t i = 1; i < rows.size(); ++i) {
    EXPECT_LE(rows[i - 1][test.keys.size() + 1], rows[i][test.keys.size() + 1]);
  }
  return rows;
}

Rows RunBatch(const std::string& table, const Case& test) {
  duckdb::Connection connection(expression::DuckDbInstance());
  std::vector<std::string> groups = test.keys;
  groups.emplace_back("w_start");
  groups.emplace_back("w_end");
  std::vector<std::string> columns = test.keys;
  columns.emplace_back("make_timestamp(w_start::BIGINT)");
  columns.emplace_back("make_timestamp(w_end::BIGINT)");
  columns.insert(columns.end(), test.calls.begin(), test.calls.end());
  const auto result =
      Query(connection, "SELECT " + Join(columns) + " FROM (" +
                            RowsByWindow("(SELECT * FROM " + table + " ORDER BY seq)", test) +
                            ") GROUP BY " + Join(groups));
  Rows rows;
  for (auto chunk = result->Fetch(); chunk != nullptr && chunk->size() > 0;
       chunk = result->Fetch()) {
    for (size_t row = 0; row < chunk->size(); ++row) {
      Row values;
      for (size_t i = 0; i < chunk->ColumnCount(); ++i) {
        values.push_back(chunk->GetValue(i, row));
      }
      rows.push_back(std::move(values));
    }
  }
  return rows;
}

Rows Sorted(Rows rows, size_t num_keys) {
  std::vector<std::pair<std::string, size_t>> order;
  for (size_t i = 0; i < rows.size(); ++i) {
    order.emplace_back(ToText({rows[i].begin(), rows[i].begin() + num_keys + 2}), i);
  }
  std::sort(order.begin(), order.end());
  Rows sorted;
  for (const auto& [text, i] : order) {
    sorted.push_back(std::move(rows[i]));
  }
  return sorted;
}

std::string ToText(const Row& row) {
  std::string text;
  for (const data::Value& value : row) {
    text += value.ToString() + " | ";
  }
  return text;
}

std::string Difference(const Rows& actual, const Rows& expected, double tolerance) {
  for (size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    for (size_t j = 0; j < actual[i].size(); ++j) {
      if (!Same(actual[i][j], expected[i][j], tolerance)) {
        return "row " + std::to_string(i) + ", column " + std::to_string(j) + ":\n  actual " +
               ToText(actual[i]) + "\n  expected " + ToText(expected[i]);
      }
    }
  }
  if (actual.size() != expected.size()) {
    return std::to_string(actual.size()) + " rows instead of " + std::to_string(expected.size());
  }
  return "";
}

}  // namespace laminar::differential
