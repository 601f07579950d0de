// Native aggregates give what DuckDB's functions give, over one pass, merged parts, and after
// taking parts out.
#include "expression/aggregate_native.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "expression/aggregate_evaluator.h"
#include "expression/aggregate_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::expression {
namespace {

using data::idx_t;

class StringsForTest final : public StateStrings {
 public:
  char* Allocate(uint32_t size) override {
    texts_.push_back(std::make_unique<char[]>(size));
    return texts_.back().get();
  }
  void Release(char*, uint32_t) override {}

 private:
  std::vector<std::unique_ptr<char[]>> texts_;
};

// States of one native aggregate, one after the other.
class States {
 public:
  States(const NativeAggregate& native, size_t count)
      : row_bytes_(RowBytes(native)), memory_(count * row_bytes_) {
    for (size_t i = 0; i < count; ++i) {
      rows_.push_back(memory_.data() + i * row_bytes_);
    }
  }
  static std::vector<StateField> Fields(const NativeAggregate& native) {
    std::vector<StateField> fields;
    const auto num_columns = static_cast<uint32_t>(native.columns().size());
    for (uint32_t i = 0; i < num_columns; ++i) {
      fields.push_back({.offset = i * 16, .valid_byte = num_columns * 16 + i, .valid_mask = 1});
    }
    return fields;
  }
  uint8_t* const* rows() const { return rows_.data(); }

 private:
  static size_t RowBytes(const NativeAggregate& native) { return native.columns().size() * 24; }

  const size_t row_bytes_;
  std::vector<uint8_t> memory_;
  std::vector<uint8_t*> rows_;
};

// One call over the columns of a query's rows.
class Call {
 public:
  Call(const std::string& call, const std::string& query) : rows_(QueryForTest(query)) {
    const data::Schema schema = SchemaForTest(query);
    bound_ = BindAggregatesForTest(call, schema).at(0);
    native_ = MakeNativeAggregate(bound_);
    EXPECT_NE(native_, nullptr) << call;
    native_->Place(States::Fields(*native_));
    arguments_ = data::Chunk::Shell(bound_.argument_types);
    for (size_t i = 0; i < bound_.arguments.size(); ++i) {
      EXPECT_EQ(rows_.column(bound_.arguments[i]).GetType(), bound_.argument_types[i]) << call;
      arguments_.column(i).Reference(rows_.column(bound_.arguments[i]));
    }
    arguments_.set_num_rows(rows_.num_rows());
  }

  idx_t num_rows() const { return rows_.num_rows(); }
  const NativeAggregate& native() const { return *native_; }
  StringsForTest& strings() { return strings_; }

  absl::Status Update(const AggregateRows& rows) {
    std::vector<data::UnifiedVectorFormat> formats(arguments_.num_columns());
    for (size_t i = 0; i < formats.size(); ++i) {
      arguments_.column(i).ToUnifiedFormat(arguments_.num_rows(), formats[i]);
    }
    return native_->Update(formats, rows, strings_);
  }
  // Rows [first, end) into one state.
  void UpdateRange(uint8_t* state, idx_t first, idx_t end) {
    if (first == end) {
      return;
    }
    std::vector<duckdb::sel_t> positions;
    std::vector<uint8_t*> states;
    for (idx_t i = first; i < end; ++i) {
      positions.push_back(static_cast<duckdb::sel_t>(i));
      states.push_back(state);
    }
    EXPECT_TRUE(
        Update({.positions = positions.data(), .states = states.data(), .count = end - first})
            .ok());
  }
  absl::StatusOr<data::Value> Result(uint8_t* const* state) const {
    data::Vector result(bound_.type);
    LAMINAR_RETURN_IF_ERROR(native_->Finalize(state, 1, result, 0));
    return result.GetValue(0);
  }
  data::Value Expected() {
    auto evaluator = AggregateEvaluator::Make(bound_);
    EXPECT_TRUE(evaluator.ok());
    (*evaluator)->Start(1);
    const std::vector<int64_t> groups(rows_.num_rows(), 0);
    EXPECT_TRUE((*evaluator)->Add(arguments_, groups.data()).ok());
    data::Vector result(bound_.type);
    const int64_t group = 0;
    EXPECT_TRUE((*evaluator)->Finish(&group, 1, result).ok());
    return result.GetValue(0);
  }

 private:
  data::Chunk rows_;
  BoundAggregate bound_;
  std::unique_ptr<NativeAggregate> native_;
  data::Chunk arguments_;
  StringsForTest strings_;
};

void ExpectSame(const data::Value& actual, const data::Value& expected, const std::string& what) {
  if (!actual.IsNull() && !expected.IsNull() && actual.type().id() == data::LogicalTypeId::DOUBLE) {
    const auto a = actual.GetValue<double>();
    const auto b = expected.GetValue<double>();
    if (a != b && !(std::isnan(a) && std::isnan(b))) {
      EXPECT_LE(std::abs(a - b), 1e-12 * std::max(std::abs(b), 1e-3)) << what;
    }
    return;
  }
  EXPECT_EQ(actual.ToString(), expected.ToString()) << what;
  EXPECT_EQ(actual.type(), expected.type()) << what;
}

const std::vector<std::string>& Calls() {
  static const std::vector<std::string> calls = {
      "count(*)",        "count(t)",         "sum(sm)",        "sum(i)",
      "sum(b)",          "sum(h)",           "sum(d)",         "sum(dec4)",
      "sum(dec9)",       "sum(dec18)",       "sum(dec38)",     "count_if(f)",
      "avg(sm)",         "avg(i)",           "avg(b)",         "avg(h)",
      "avg(d)",          "avg(dec4)",        "avg(dec9)",      "avg(dec38)",
      "avg(ts)",         "fsum(d)",          "favg(d)",        "product(small)",
      "min(ti)",         "max(sm)",          "min(i)",         "max(b)",
      "min(h)",          "max(uh)",          "min(ut)",        "max(us)",
      "min(ui)",         "max(ub)",          "min(fl)",        "max(d)",
      "min(dec4)",       "max(dec38)",       "min(dt)",        "max(tm)",
      "min(ts)",         "max(tz)",          "min(iv)",        "max(u)",
      "min(t)",          "max(t)",           "min(bl)",        "max(f)",
      "first(i)",        "last(i)",          "any_value(i)",   "first(t)",
      "last(t)",         "any_value(iv)",    "arbitrary(d)",   "bool_and(f)",
      "bool_or(f)",      "bit_and(i)",       "bit_or(b)",      "bit_xor(h)",
      "bit_xor(ut)",     "stddev(d)",        "stddev_samp(d)", "stddev_pop(d)",
      "variance(d)",     "var_samp(d)",      "var_pop(d)",     "sem(d)",
      "covar_pop(d, e)", "covar_samp(d, e)", "corr(d, e)",     "arg_min(t, i)",
      "arg_max(t, d)",   "arg_min(i, t)",    "arg_max(b, ts)", "arg_max_null(t, i)",
      "min_by(u, b)",    "max_by(d, bl)"};
  return calls;
}

std::string Rows(int seed, int num_rows) {
  return "SELECT IF(h % 7 = 0, NULL, (h % 100)::TINYINT) AS ti, IF(h % 7 = 1, NULL, (h % "
         "2500)::SMALLINT) AS sm, "
         "IF(h % 7 = 2, NULL, (h % 1000000000)::INTEGER) AS i, IF(h % 7 = 3, NULL, "
         "h::BIGINT) AS b, "
         "IF(h % 7 = 4, NULL, h::HUGEINT * 1000000007) AS h, IF(h % 7 = 5, NULL, (h % 1000000) / "
         "777.0) AS d, "
         "(h % 100000) / 3.0 AS e, 1 + (h % 1000) / 1e4 AS small, IF(h % 5 = 0, NULL, h % 3 = 0) "
         "AS f, "
         "((h % 900) / 10)::DECIMAL(4,1) AS dec4, ((h % 90000000) / 100)::DECIMAL(9,2) AS dec9, "
         "(h % 100000000000000)::DECIMAL(18,3) AS dec18, (h::HUGEINT * 1000)::DECIMAL(38,10) AS "
         "dec38, "
         "abs(h % 200)::UTINYINT AS ut, abs(h % 60000)::USMALLINT AS us, abs(h % "
         "4000000000)::UINTEGER AS ui, "
         "abs(h)::UBIGINT AS ub, abs(h)::UHUGEINT AS uh, (h % 1000 / 7.0)::FLOAT AS fl, "
         "DATE '2000-01-01' + (h % 9999)::INTEGER AS dt, TIME '00:00:00' + to_seconds(abs(h % "
         "86400)) AS tm, "
         "make_timestamp(h % 1000000000000000) AS ts, make_timestamp(h % "
         "1000000000000000)::TIMESTAMPTZ AS tz, "
         "to_days((h % 100)::INTEGER) + to_seconds(h % 1000000) AS iv, md5(h::VARCHAR)::UUID AS u, "
         "IF(h % 3 = 0, NULL, repeat('x', abs(h % 30)::INTEGER) || h) AS t, md5(h::VARCHAR)::BLOB "
         "AS bl FROM "
         "(SELECT (hash(i + " +
         std::to_string(seed) + ") >> 2)::BIGINT // 2 - 1152921504606846976 AS h FROM range(" +
         std::to_string(num_rows) + ") r(i))";
}

TEST(AggregateNative, GivesDuckDbsResultInOnePass) {
  for (const std::string& text : Calls()) {
    for (const int num_rows : {0, 1, 2, 1000}) {
      Call call(text, Rows(1, num_rows));
      const States states(call.native(), 1);
      call.UpdateRange(states.rows()[0], 0, call.num_rows());
      const auto result = call.Result(states.rows());
      ASSERT_TRUE(result.ok()) << result.status();
      ExpectSame(*result, call.Expected(), text + " over " + std::to_string(num_rows));
    }
  }
}

TEST(AggregateNative, GivesTheSameForOneStateKeptInRegisters) {
  for (const std::string& text : Calls()) {
    Call call(text, Rows(2, 500));
    const States states(call.native(), 1);
    ASSERT_TRUE(call.Update({.single_state = states.rows()[0], .count = call.num_rows()}).ok());
    ExpectSame(*call.Result(states.rows()), call.Expected(), text);
  }
}

TEST(AggregateNative, MergesPartsInAnyOrderToTheSameBits) {
  for (const std::string& text : Calls()) {
    Call call(text, Rows(3, 999));
    constexpr idx_t kParts = 10;
    std::vector<std::string> results;
    for (const bool backwards : {false, true}) {
      const States states(call.native(), kParts + 1);
      for (idx_t part = 0; part < kParts; ++part) {
        call.UpdateRange(states.rows()[part], part * call.num_rows() / kParts,
                         (part + 1) * call.num_rows() / kParts);
      }
      for (idx_t i = 0; i < kParts; ++i) {
        const idx_t part = backwards ? kParts - 1 - i : i;
        ASSERT_TRUE(call.native()
                        .Combine(states.rows() + part, states.rows() + kParts, 1, call.strings())
                        .ok());
      }
      const auto result = call.Result(states.rows() + kParts);
      ASSERT_TRUE(result.ok());
      ExpectSame(*result, call.Expected(), text);
      results.push_back(result->ToString());
    }
    EXPECT_EQ(results[0], results[1]) << text;
  }
}

TEST(AggregateNative, TakesPartsOut) {
  for (const std::string& text : Calls()) {
    Call whole(text, Rows(4, 600));
    if (!whole.native().subtractable()) {
      EXPECT_FALSE(whole.native().Subtract(nullptr, nullptr, 0).ok()) << text;
      continue;
    }
    const States states(whole.native(), 3);
    whole.UpdateRange(states.rows()[0], 0, 200);
    whole.UpdateRange(states.rows()[1], 200, 600);
    const auto alone = whole.Result(states.rows() + 1);
    ASSERT_TRUE(whole.native().Combine(states.rows(), states.rows() + 1, 1, whole.strings()).ok());
    ExpectSame(*whole.Result(states.rows() + 1), whole.Expected(), text);
    ASSERT_TRUE(whole.native().Subtract(states.rows(), states.rows() + 1, 1).ok());
    EXPECT_EQ(whole.Result(states.rows() + 1)->ToString(), alone->ToString()) << text;
    // Nothing is left: the state of no rows.
    ASSERT_TRUE(whole.native().Subtract(states.rows(), states.rows(), 1).ok());
    EXPECT_EQ(whole.Result(states.rows())->ToString(), whole.Result(states.rows() + 2)->ToString())
        << text;
  }
}

TEST(AggregateNative, HandlesTheLimitsOfTypes) {
  for (const std::string& text : {"sum(b)", "avg(b)", "min(b)", "max(b)", "sum(i)", "avg(i)",
                                  "max(d)", "min(d)", "max(fl)", "min(ts)", "bit_xor(b)"}) {
    Call call(text,
              "SELECT * FROM (VALUES (9223372036854775807::BIGINT, 2147483647::INTEGER, "
              "'nan'::DOUBLE, '-inf'::FLOAT, "
              "'infinity'::TIMESTAMP), ((-9223372036854775808)::BIGINT, (-2147483648)::INTEGER, "
              "'inf'::DOUBLE, 'nan'::FLOAT, "
              "'-infinity'::TIMESTAMP), (9223372036854775807, 2147483647, '-inf', 1e38::FLOAT, "
              "'2020-01-01'::TIMESTAMP), "
              "(9223372036854775807, NULL, -0.0, NULL, NULL)) t(b, i, d, fl, ts)");
    const States states(call.native(), 1);
    call.UpdateRange(states.rows()[0], 0, call.num_rows());
    const auto result = call.Result(states.rows());
    ASSERT_TRUE(result.ok()) << text << result.status();
    ExpectSame(*result, call.Expected(), text);
  }
}

TEST(AggregateNative, RefusesSumsBeyondTheGreatestHugeint) {
  Call call("sum(h)", "SELECT 170141183460469231731687303715884105727::HUGEINT AS h FROM range(2)");
  const States states(call.native(), 1);
  const absl::Status status = call.Update({.single_state = states.rows()[0], .count = 2});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("Overflow in HUGEINT addition"), absl::string_view::npos)
      << status;
}

TEST(AggregateNative, RefusesMergesBeyondTheGreatestHugeint) {
  Call call("sum(h)", "SELECT 170141183460469231731687303715884105727::HUGEINT AS h");
  const States states(call.native(), 2);
  call.UpdateRange(states.rows()[0], 0, 1);
  call.UpdateRange(states.rows()[1], 0, 1);
  EXPECT_FALSE(call.native().Combine(states.rows(), states.rows() + 1, 1, call.strings()).ok());
}

TEST(AggregateNative, RefusesDeviationsOutOfRange) {
  for (const std::string& text : {"stddev(d)", "var_pop(d)", "sem(d)"}) {
    Call call(text, "SELECT * FROM (VALUES (1.7e308::DOUBLE), (-1.7e308), ('inf')) t(d)");
    const States states(call.native(), 1);
    call.UpdateRange(states.rows()[0], 0, call.num_rows());
    const auto result = call.Result(states.rows());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(AggregateNative, RefusesSumsThatOverflowWhenAPartIsTakenOut) {
  // All of them add up to a number that fits; those that stay do not.
  Call call("sum(h)",
            "SELECT h::HUGEINT AS h FROM (VALUES (-100000000000000000000000000000000000000), "
            "(100000000000000000000000000000000000000), "
            "(100000000000000000000000000000000000000)) t(h)");
  const States states(call.native(), 2);
  call.UpdateRange(states.rows()[0], 0, 3);
  call.UpdateRange(states.rows()[1], 0, 1);
  const absl::Status status = call.native().Subtract(states.rows() + 1, states.rows(), 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(AggregateNative, SumsDoublesWithoutRegardToTheirOrder) {
  Call forward("sum(d)",
               "SELECT d FROM (SELECT (hash(i) % 1000003) * 1.1e-3 AS d, i FROM range(2000) r(i)) "
               "ORDER BY i");
  Call backward("sum(d)",
                "SELECT d FROM (SELECT (hash(i) % 1000003) * 1.1e-3 AS d, i FROM range(2000) r(i)) "
                "ORDER BY i DESC");
  const States states(forward.native(), 2);
  forward.UpdateRange(states.rows()[0], 0, 2000);
  backward.UpdateRange(states.rows()[1], 0, 2000);
  EXPECT_EQ(forward.Result(states.rows())->GetValue<double>(),
            backward.Result(states.rows() + 1)->GetValue<double>());
}

TEST(AggregateNative, LeavesOthersToDuckDb) {
  const std::string rows =
      "SELECT 1::BIGINT AS b, 'x' AS t, [1] AS l, 'a'::ENUM('a', 'b') AS en, TIME "
      "'10:00:00'::TIMETZ AS tz, 3::BIGINT AS n";
  const data::Schema schema = SchemaForTest(rows);
  for (const std::string& call :
       {"median(b)", "list(b)", "string_agg(t)", "max(l)", "min(en)", "max(tz)", "min(b, n)",
        "arg_max(l, b)", "sum(b ORDER BY t)", "first(l)", "string_agg(t ORDER BY b)"}) {
    const BoundAggregate bound = BindAggregatesForTest(call, schema).at(0);
    if (bound.ordered() || call != "sum(b ORDER BY t)") {
      EXPECT_EQ(MakeNativeAggregate(bound), nullptr) << call;
    }
  }
}

TEST(AggregateNative, KnowsWhereDistinctMatters) {
  const data::Schema schema = SchemaForTest("SELECT 1::BIGINT AS b, 2::BIGINT AS n");
  const auto matters = [&schema](const std::string& call) {
    return DistinctMatters(BindAggregatesForTest(call, schema).at(0));
  };
  EXPECT_TRUE(matters("count(DISTINCT b)"));
  EXPECT_FALSE(matters("max(DISTINCT b)"));
  EXPECT_FALSE(matters("arg_max(DISTINCT b, n)"));
  EXPECT_FALSE(matters("sum(b)"));
  // The n best values: twice the same is another list.
  EXPECT_TRUE(matters("max(DISTINCT b, n)"));
  EXPECT_TRUE(matters("arg_min(DISTINCT b, b, n)"));
}

}  // namespace
}  // namespace laminar::expression
