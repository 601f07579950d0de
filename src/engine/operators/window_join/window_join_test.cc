#include "engine/operators/window_join/window_join.h"

#include <map>
#include <random>

#include "gmock/gmock.h"

#include "engine/operators/operator_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using plan::JoinType;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int64_t kSecond = 1'000'000;

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

Value Window(int64_t start, int64_t end) {
  return Value::STRUCT(WindowType(), {Value::TIMESTAMP(duckdb::timestamp_t(start * kSecond)),
                                      Value::TIMESTAMP(duckdb::timestamp_t(end * kSecond))});
}

// Left: k, a, window. Right: window, b, k2. The columns stand at different places on purpose.
data::Schema LeftSchema(const LogicalType& key = LogicalType::INTEGER) {
  data::Schema schema;
  schema.fields = {{"k", key}, {"a", LogicalType::VARCHAR}, {"w", WindowType()}};
  schema.AddEventTime();
  return schema;
}
data::Schema RightSchema(const LogicalType& key = LogicalType::INTEGER) {
  data::Schema schema;
  schema.fields = {{"w2", WindowType()}, {"b", LogicalType::VARCHAR}, {"k2", key}};
  schema.AddEventTime();
  return schema;
}

struct Row {
  Value key;
  std::string text;
  int64_t start = 0;
  int64_t end = 10;
};

std::vector<Value> LeftValues(const Row& row) {
  const Value window = Window(row.start, row.end);
  return {row.key, Value(row.text), window,
          Value::TIMESTAMP(duckdb::timestamp_t(row.end * kSecond - 1))};
}
std::vector<Value> RightValues(const Row& row) {
  const Value window = Window(row.start, row.end);
  return {window, Value(row.text), row.key,
          Value::TIMESTAMP(duckdb::timestamp_t(row.end * kSecond - 1))};
}

struct Options {
  JoinType type = JoinType::kInner;
  std::optional<bool> null_equals_null = false;  // unset: no key
  std::string residual = "";
  LogicalType key = LogicalType::INTEGER;
  int64_t memory_limit = int64_t{1} << 40;
};

class Join {
 public:
  explicit Join(Options options) : options_(std::move(options)) {
    const data::Schema left = LeftSchema(options_.key);
    const data::Schema right = RightSchema(options_.key);
    plan::WindowJoinSpec spec;
    spec.type = options_.type;
    spec.left_window = 2;
    spec.right_window = 0;
    if (options_.null_equals_null) {
      spec.left_keys = {0};
      spec.right_keys = {2};
      spec.null_equals_null = {*options_.null_equals_null};
    }
    plan::Node node;
    node.output.fields.assign(left.fields.begin(), left.fields.end() - 1);
    if (options_.type != JoinType::kSemi && options_.type != JoinType::kAnti) {
      node.output.fields.insert(node.output.fields.end(), right.fields.begin(),
                                right.fields.end() - 1);
    }
    if (!options_.residual.empty()) {
      data::Schema both;
      both.fields.assign(left.fields.begin(), left.fields.end() - 1);
      both.fields.insert(both.fields.end(), right.fields.begin(), right.fields.end() - 1);
      spec.residual = expression::BindOneForTest(options_.residual, both);
    }
    node.output.AddEventTime();
    node.spec = std::move(spec);
    driver_ = std::make_unique<OperatorForTest>(MakeWindowJoin(node, left, right),
                                                node.output.Types(), options_.memory_limit);
  }

  OperatorForTest& driver() { return *driver_; }

  absl::Status TryLeft(const std::vector<Row>& rows) { return Feed(0, rows); }
  void Left(const std::vector<Row>& rows) { FeedAndExpectNothing(0, rows); }
  void Right(const std::vector<Row>& rows) { FeedAndExpectNothing(1, rows); }
  std::vector<std::string> Advance(int64_t seconds) {
    return ShortTimesForTest(driver_->Advance(seconds * kSecond));
  }

 private:
  absl::Status Feed(int input, const std::vector<Row>& rows) {
    std::vector<std::vector<Value>> values;
    for (const Row& row : rows) {
      values.push_back(input == 0 ? LeftValues(row) : RightValues(row));
    }
    const data::Schema schema = input == 0 ? LeftSchema(options_.key) : RightSchema(options_.key);
    return driver_->op().Process(input, ChunkForTest(schema.Types(), values));
  }
  void FeedAndExpectNothing(int input, const std::vector<Row>& rows) {
    const absl::Status status = Feed(input, rows);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_THAT(driver_->Drain(), IsEmpty());
  }

  const Options options_;
  std::unique_ptr<OperatorForTest> driver_;
};

Row Int(int key, std::string text) { return {.key = Value::INTEGER(key), .text = std::move(text)}; }
Row Null(std::string text) { return {.key = Value(LogicalType::INTEGER), .text = std::move(text)}; }

TEST(WindowJoin, JoinsEqualKeysWhenTheWindowEnds) {
  Join join({});
  join.Left({Int(1, "a"), Int(2, "b")});
  join.Right({Int(2, "x"), Int(2, "y"), Int(3, "z")});
  EXPECT_THAT(join.Advance(9), IsEmpty());
  EXPECT_THAT(join.Advance(10), UnorderedElementsAre("2|b|[00, 10)|[00, 10)|x|2|09.999999",
                                                     "2|b|[00, 10)|[00, 10)|y|2|09.999999"));
  EXPECT_THAT(join.driver().Finish(), IsEmpty());
}

TEST(WindowJoin, KeepsRowsWithoutAMatchOnTheOuterSides) {
  const std::vector<std::string> matched = {"1|a|[00, 10)|[00, 10)|x|1|09.999999"};
  const std::vector<std::string> left_rest = {"2|b|[00, 10)|NULL|NULL|NULL|09.999999",
                                              "NULL|c|[00, 10)|NULL|NULL|NULL|09.999999"};
  const std::vector<std::string> right_rest = {"NULL|NULL|NULL|[00, 10)|y|3|09.999999",
                                               "NULL|NULL|NULL|[00, 10)|z|NULL|09.999999"};
  for (const auto& [type, has_left, has_right] :
       {std::tuple(JoinType::kInner, false, false), std::tuple(JoinType::kLeft, true, false),
        std::tuple(JoinType::kRight, false, true), std::tuple(JoinType::kFull, true, true)}) {
    Join join({.type = type});
    join.Left({Int(1, "a"), Int(2, "b"), Null("c")});
    join.Right({Int(1, "x"), Int(3, "y"), Null("z")});
    std::vector<std::string> expected = matched;
    if (has_left) {
      expected.insert(expected.end(), left_rest.begin(), left_rest.end());
    }
    if (has_right) {
      expected.insert(expected.end(), right_rest.begin(), right_rest.end());
    }
    EXPECT_THAT(join.Advance(10), testing::UnorderedElementsAreArray(expected));
  }
}

TEST(WindowJoin, TestsExistenceOncePerLeftRow) {
  Join semi({.type = JoinType::kSemi});
  semi.Left({Int(1, "a"), Int(1, "b"), Int(2, "c"), Null("d")});
  semi.Right({Int(1, "x"), Int(1, "y"), Null("z")});
  EXPECT_THAT(semi.Advance(10), ElementsAre("1|a|[00, 10)|09.999999", "1|b|[00, 10)|09.999999"));
  Join anti({.type = JoinType::kAnti});
  anti.Left({Int(1, "a"), Int(1, "b"), Int(2, "c"), Null("d")});
  anti.Right({Int(1, "x"), Int(1, "y"), Null("z")});
  EXPECT_THAT(anti.Advance(10), ElementsAre("2|c|[00, 10)|09.999999", "NULL|d|[00, 10)|09.999999"));
}

TEST(WindowJoin, TakesNullAsEqualOnlyWhereAskedTo) {
  Join join({.null_equals_null = true});
  join.Left({Null("a"), Int(0, "b")});
  join.Right({Null("x")});
  EXPECT_THAT(join.Advance(10), ElementsAre("NULL|a|[00, 10)|[00, 10)|x|NULL|09.999999"));
}

TEST(WindowJoin, AResidualThatIsFalseOrNullDoesNotMatch) {
  Join join({.type = JoinType::kFull, .residual = "CASE WHEN b = 'n' THEN NULL ELSE a < b END"});
  join.Left({Int(1, "b"), Int(2, "b")});
  join.Right({Int(1, "a"), Int(1, "c"), Int(2, "n")});
  EXPECT_THAT(join.Advance(10), UnorderedElementsAre("1|b|[00, 10)|[00, 10)|c|1|09.999999",
                                                     "2|b|[00, 10)|NULL|NULL|NULL|09.999999",
                                                     "NULL|NULL|NULL|[00, 10)|a|1|09.999999",
                                                     "NULL|NULL|NULL|[00, 10)|n|2|09.999999"));
}

TEST(WindowJoin, TheResidualSeesTheWindows) {
  Join join(
      {.residual = "w.\"end\" = w2.\"end\" AND w2.\"start\" = TIMESTAMP '1970-01-01 00:00:10'"});
  join.Left({Int(1, "a"), {.key = Value::INTEGER(1), .text = "b", .start = 10, .end = 20}});
  join.Right({Int(1, "x"), {.key = Value::INTEGER(1), .text = "y", .start = 10, .end = 20}});
  EXPECT_THAT(join.Advance(20), ElementsAre("1|b|[10, 20)|[10, 20)|y|1|19.999999"));
}

TEST(WindowJoin, WithoutKeysEveryRowOfTheWindowMeetsEveryOther) {
  Join join({.null_equals_null = std::nullopt});
  join.Left({Int(1, "a"), Null("b")});
  join.Right({Int(7, "x"), Int(8, "y")});
  EXPECT_THAT(join.Advance(10), UnorderedElementsAre("1|a|[00, 10)|[00, 10)|x|7|09.999999",
                                                     "1|a|[00, 10)|[00, 10)|y|8|09.999999",
                                                     "NULL|b|[00, 10)|[00, 10)|x|7|09.999999",
                                                     "NULL|b|[00, 10)|[00, 10)|y|8|09.999999"));
}

TEST(WindowJoin, LetsOthersRunWhileNothingMatches) {
  for (const JoinType type : {JoinType::kInner, JoinType::kSemi, JoinType::kAnti}) {
    Join join({.type = type, .null_equals_null = std::nullopt, .residual = "a > b"});
    std::vector<Row> rows;
    for (int i = 0; i < 1000; ++i) {
      rows.push_back(Int(i, "a"));
    }
    join.Left(rows);
    join.Right(rows);
    EXPECT_THAT(join.Advance(10), ::testing::SizeIs(type == JoinType::kAnti ? 1000 : 0));
    EXPECT_GT(join.driver().num_pauses(), 10);
  }
}

TEST(WindowJoin, WindowsAreJoinedApartInOrderOfTheirEnd) {
  Join join({.type = JoinType::kFull});
  join.Left({{.key = Value::INTEGER(1), .text = "late", .start = 20, .end = 30},
             {.key = Value::INTEGER(1), .text = "early", .start = 0, .end = 10},
             {.key = Value::INTEGER(1), .text = "wide", .start = 0, .end = 30}});
  join.Right({{.key = Value::INTEGER(1), .text = "x", .start = 20, .end = 30},
              {.key = Value::INTEGER(1), .text = "middle", .start = 10, .end = 20}});
  EXPECT_THAT(join.Advance(20), ElementsAre("1|early|[00, 10)|NULL|NULL|NULL|09.999999",
                                            "NULL|NULL|NULL|[10, 20)|middle|1|19.999999"));
  EXPECT_THAT(join.Advance(30), ElementsAre("1|wide|[00, 30)|NULL|NULL|NULL|29.999999",
                                            "1|late|[20, 30)|[20, 30)|x|1|29.999999"));
}

TEST(WindowJoin, DropsAndCountsRowsOfEndedWindows) {
  Join join({.type = JoinType::kLeft});
  join.Left({Int(1, "a")});
  EXPECT_EQ(join.Advance(10).size(), 1);
  join.Left({Int(1, "late"), {.key = Value::INTEGER(1), .text = "b", .start = 10, .end = 20}});
  join.Right({Int(1, "late too"), Int(2, "late too")});
  EXPECT_EQ(join.driver().late_rows(), 3);
  EXPECT_THAT(ShortTimesForTest(join.driver().Finish()),
              ElementsAre("1|b|[10, 20)|NULL|NULL|NULL|19.999999"));
}

TEST(WindowJoin, DropsRowsWithoutAWindow) {
  Join join({.type = JoinType::kLeft});
  data::Chunk chunk = ChunkForTest(LeftSchema().Types(),
                                   {{Value::INTEGER(1), Value("a"), Value(WindowType()), Value()}});
  EXPECT_THAT(join.driver().Process(0, std::move(chunk)), IsEmpty());
  EXPECT_EQ(join.driver().invalid_rows(), 1);
  EXPECT_THAT(join.driver().Finish(), IsEmpty());
}

TEST(WindowJoin, TakesConstantWindowsAndSelectedRows) {
  Join join({});
  data::Chunk chunk =
      ChunkForTest(LeftSchema().Types(),
                   {LeftValues(Int(1, "a")), LeftValues(Int(2, "b")), LeftValues(Int(3, "c"))});
  chunk.column(2).Reference(Window(0, 10));
  data::SelectionVector selection(2);
  selection.set_index(0, 2);
  selection.set_index(1, 0);
  EXPECT_THAT(join.driver().Process(0, chunk.Select(selection, 2)), IsEmpty());
  chunk = ChunkForTest(LeftSchema().Types(),
                       {LeftValues({Value::INTEGER(1), "p", 10, 20}), LeftValues(Int(3, "q")),
                        LeftValues({Value::INTEGER(5), "r", 0, 20})});
  EXPECT_THAT(join.driver().Process(0, chunk.Select(selection, 2)), IsEmpty());
  join.Right({Int(1, "x"), Int(2, "y"), Int(3, "z"), {Value::INTEGER(5), "v", 0, 20}});
  join.Right({{Value::INTEGER(1), "u", 10, 20}});
  EXPECT_THAT(join.Advance(20), UnorderedElementsAre("1|a|[00, 10)|[00, 10)|x|1|09.999999",
                                                     "3|c|[00, 10)|[00, 10)|z|3|09.999999",
                                                     "5|r|[00, 20)|[00, 20)|v|5|19.999999",
                                                     "1|p|[10, 20)|[10, 20)|u|1|19.999999"));
}

TEST(WindowJoin, JoinsByKeysOfAnyType) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const LogicalType list = LogicalType::LIST(LogicalType::INTEGER);
  const std::vector<std::pair<LogicalType, std::vector<Value>>> cases = {
      {LogicalType::BOOLEAN, {Value::BOOLEAN(true), Value::BOOLEAN(false)}},
      {LogicalType::SMALLINT, {Value::SMALLINT(-1), Value::SMALLINT(1)}},
      {LogicalType::UBIGINT, {Value::UBIGINT(UINT64_MAX), Value::UBIGINT(0)}},
      {LogicalType::HUGEINT, {Value::HUGEINT(duckdb::hugeint_t(1, 0)), Value::HUGEINT(0)}},
      {LogicalType::DECIMAL(30, 2), {Value("1.50"), Value("1.51")}},
      {LogicalType::DOUBLE, {Value::DOUBLE(nan), Value::DOUBLE(0.0)}},
      {LogicalType::VARCHAR, {Value("short"), Value("a text that is longer than twelve bytes")}},
      {LogicalType::BLOB, {Value::BLOB_RAW("\x01"), Value::BLOB_RAW("")}},
      {LogicalType::UUID,
       {Value("00000000-0000-0000-0000-000000000001"),
        Value("f0000000-0000-0000-0000-000000000001")}},
      {LogicalType::INTERVAL, {Value::INTERVAL(1, 0, 0), Value::INTERVAL(0, 1, 0)}},
      {list,
       {Value::LIST(LogicalType::INTEGER, {Value::INTEGER(1)}),
        Value::LIST(LogicalType::INTEGER, {})}},
      {WindowType(), {Window(0, 10), Window(0, 20)}}};
  for (const auto& [type, values] : cases) {
    Join join({.type = JoinType::kFull, .key = type});
    join.Left({{values[0], "a"}, {values[1], "b"}, {Value(type), "n"}});
    join.Right({{values[1], "y"}, {Value(type), "m"}, {values[0], "x"}});
    std::vector<std::string> pairs;
    for (const std::string& row : join.driver().Finish()) {
      const auto field = [&row](const char* text) { return row.find(text) != std::string::npos; };
      pairs.push_back(std::string(field("|a|")   ? "a"
                                  : field("|b|") ? "b"
                                  : field("|n|") ? "n"
                                                 : "-") +
                      (field("|x|")   ? "x"
                       : field("|y|") ? "y"
                       : field("|m|") ? "m"
                                      : "-"));
    }
    EXPECT_THAT(pairs, UnorderedElementsAre("ax", "by", "n-", "-m")) << type.ToString();
  }
}

TEST(WindowJoin, KeysOfUnequalSpellingMayBeEqual) {
  Join zero({.key = LogicalType::DOUBLE});
  zero.Left({{Value::DOUBLE(0.0), "a"}});
  zero.Right({{Value::DOUBLE(-0.0), "x"}});
  EXPECT_EQ(zero.Advance(10).size(), 1);
  Join interval({.key = LogicalType::INTERVAL});
  interval.Left({{Value::INTERVAL(1, 0, 0), "a"}});
  interval.Right({{Value::INTERVAL(0, 30, 0), "x"}});
  EXPECT_EQ(interval.Advance(10).size(), 1);
}

TEST(WindowJoin, HandsALargeWindowOutChunkByChunk) {
  Join join({.null_equals_null = std::nullopt});
  std::vector<Row> rows;
  for (int i = 0; i < 2000; ++i) {
    rows.push_back(Int(i, "text number " + std::to_string(i)));
  }
  for (int i = 0; i < 5; ++i) {
    join.Left(rows);
    join.Right(rows);
  }
  const int64_t buffered = join.driver().budget().used_bytes();
  ASSERT_TRUE(
      join.driver().op().ProcessWatermark({.time = data::EventTime::Max(), .arrival = {7}}).ok());
  // 10^8 rows come out in all; a few chunks are made at a time.
  for (int i = 0; i < 100; ++i) {
    auto chunk = join.driver().op().Produce();
    ASSERT_TRUE(chunk.ok() && chunk->has_value());
    EXPECT_EQ((*chunk)->num_rows(), 2048);
    EXPECT_EQ((*chunk)->arrival().nanos, 7);
  }
  EXPECT_LT(join.driver().budget().used_bytes(), 3 * buffered);
}

TEST(WindowJoin, GoesOnFromRestoredState) {
  Join before({.type = JoinType::kLeft});
  before.Left({Int(1, "a"), {Value::INTEGER(2), "b", 10, 20}});
  before.Right({{Value::INTEGER(2), "x", 10, 20}});
  EXPECT_EQ(before.Advance(10).size(), 1);
  Join after({.type = JoinType::kLeft});
  before.driver().RestoreTo(after.driver());
  after.Left({Int(1, "late")});
  EXPECT_EQ(after.driver().late_rows(), 1);
  after.Right({{Value::INTEGER(2), "y", 10, 20}});
  EXPECT_THAT(after.Advance(20), UnorderedElementsAre("2|b|[10, 20)|[10, 20)|x|2|19.999999",
                                                      "2|b|[10, 20)|[10, 20)|y|2|19.999999"));
}

TEST(WindowJoin, GivesItsMemoryBackWindowByWindow) {
  Join join({});
  join.Left({Int(1, "a"), {Value::INTEGER(1), "b", 10, 20}});
  join.Right({Int(1, "x")});
  const int64_t before = join.driver().budget().used_bytes();
  EXPECT_GT(before, 0);
  EXPECT_EQ(join.Advance(10).size(), 1);
  EXPECT_LT(join.driver().budget().used_bytes(), before);
  EXPECT_THAT(join.Advance(20), IsEmpty());
  EXPECT_EQ(join.driver().budget().used_bytes(), 0);
}

TEST(WindowJoin, FailsWhereTheBudgetIsTooSmall) {
  Join buffering({.memory_limit = 100});
  EXPECT_EQ(
      buffering
          .TryLeft({Int(1, "a"), Int(2, "b"), Int(3, "c"), Int(4, "d"), Int(5, "e"), Int(6, "f")})
          .code(),
      absl::StatusCode::kResourceExhausted);
  Join joining({.memory_limit = 60});
  joining.Left({Int(1, "a")});
  joining.Right({Int(1, "x")});
  ASSERT_TRUE(
      joining.driver().op().ProcessWatermark({.time = data::EventTime::Max(), .arrival = {}}).ok());
  const auto chunk = joining.driver().op().Produce();
  EXPECT_EQ(chunk.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(chunk.status().message()), HasSubstr("window join"));
}

TEST(WindowJoin, ReportsAFailingResidual) {
  Join join({.residual = "a::INTEGER < b::INTEGER"});
  join.Left({Int(1, "7")});
  join.Right({Int(1, "x")});
  ASSERT_TRUE(
      join.driver().op().ProcessWatermark({.time = data::EventTime::Max(), .arrival = {}}).ok());
  EXPECT_EQ(join.driver().op().Produce().status().code(), absl::StatusCode::kInvalidArgument);
}

// --- Against the definition
// -----------------------------------------------------------------------------------------

struct SideRows {
  std::vector<Row> left;
  std::vector<Row> right;
};

SideRows DrawRows(std::mt19937_64& random, int num_rows_max, int num_keys) {
  const auto draw = [&](int high) { return std::uniform_int_distribution<int>(0, high)(random); };
  SideRows rows;
  for (auto* side : {&rows.left, &rows.right}) {
    const int num_rows = draw(num_rows_max);
    for (int i = 0; i < num_rows; ++i) {
      const int window = draw(2) * 10;
      Row row = draw(9) == 0 ? Null("") : Int(draw(num_keys), "");
      row.text = std::string(1, static_cast<char>('a' + draw(4)));
      row.start = window;
      row.end = window + 10;
      side->push_back(std::move(row));
    }
  }
  return rows;
}

bool ResidualIsTrue(const std::string& residual, const Row& left, const Row& right) {
  return residual.empty() ? true : residual == "a < b" ? left.text < right.text : false;
}

std::string RowText(const Row& row, bool is_left) {
  const std::string window = "[" + std::string(row.start == 0 ? "00" : std::to_string(row.start)) +
                             ", " + std::to_string(row.end) + ")";
  const std::string key = row.key.ToString();
  return is_left ? key + "|" + row.text + "|" + window : window + "|" + row.text + "|" + key;
}

std::vector<std::string> JoinByDefinition(const Options& options, const SideRows& rows) {
  std::vector<std::string> result;
  std::vector<bool> right_matched(rows.right.size(), false);
  const auto time = [](const Row& row) {
    return "|" + std::string(row.end == 10 ? "09" : std::to_string(row.end - 1)) + ".999999";
  };
  const bool exists = options.type == JoinType::kSemi || options.type == JoinType::kAnti;
  const std::string nothing = "NULL|NULL|NULL";
  for (const Row& left : rows.left) {
    bool matched = false;
    for (size_t i = 0; i < rows.right.size(); ++i) {
      const Row& right = rows.right[i];
      const bool nulls = left.key.IsNull() || right.key.IsNull();
      const bool equal =
          !options.null_equals_null ||
          (nulls ? *options.null_equals_null && left.key.IsNull() == right.key.IsNull()
                 : left.key == right.key);
      if (left.end != right.end || !equal || !ResidualIsTrue(options.residual, left, right)) {
        continue;
      }
      matched = true;
      right_matched[i] = true;
      if (!exists) {
        result.push_back(RowText(left, true) + "|" + RowText(right, false) + time(left));
      }
    }
    if (options.type == (matched ? JoinType::kSemi : JoinType::kAnti)) {
      result.push_back(RowText(left, true) + time(left));
    } else if (!matched && (options.type == JoinType::kLeft || options.type == JoinType::kFull)) {
      result.push_back(RowText(left, true) + "|" + nothing + time(left));
    }
  }
  for (size_t i = 0; i < rows.right.size(); ++i) {
    if (!right_matched[i] &&
        (options.type == JoinType::kRight || options.type == JoinType::kFull)) {
      result.push_back(nothing + "|" + RowText(rows.right[i], false) + time(rows.right[i]));
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::string> JoinInBatches(const Options& options, const SideRows& rows, size_t batch) {
  Join join(options);
  for (size_t at = 0; at < std::max(rows.left.size(), rows.right.size()); at += batch) {
    const auto slice = [&](const std::vector<Row>& all) {
      return std::vector<Row>(all.begin() + std::min(at, all.size()),
                              all.begin() + std::min(at + batch, all.size()));
    };
    if (at < rows.left.size()) {
      join.Left(slice(rows.left));
    }
    if (at < rows.right.size()) {
      join.Right(slice(rows.right));
    }
  }
  std::vector<std::string> result;
  std::string last_time;
  for (std::string& row : ShortTimesForTest(join.driver().Finish())) {
    const std::string time = row.substr(row.rfind('|'));
    EXPECT_LE(last_time, time) << "windows come out in order";
    last_time = time;
    result.push_back(std::move(row));
  }
  std::sort(result.begin(), result.end());
  return result;
}

TEST(WindowJoin, AgreesWithNestedLoopsOnRandomRows) {
  std::mt19937_64 random(11);
  int num_cases = 0;
  for (const JoinType type : {JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kFull,
                              JoinType::kSemi, JoinType::kAnti}) {
    for (const std::optional<bool> null_equals_null :
         {std::optional<bool>(), std::optional(false), std::optional(true)}) {
      for (const std::string residual : {"", "a < b", "a = b AND a < b"}) {
        const Options options{
            .type = type, .null_equals_null = null_equals_null, .residual = residual};
        for (int round = 0; round < 6; ++round) {
          const SideRows rows = DrawRows(random, /*num_rows_max=*/60, /*num_keys=*/1 << round);
          const auto expected = JoinByDefinition(options, rows);
          for (const size_t batch : {1, 7, 2048}) {
            EXPECT_EQ(JoinInBatches(options, rows, batch), expected)
                << "type " << static_cast<int>(type) << " residual " << residual;
          }
          ++num_cases;
        }
      }
    }
  }
  EXPECT_EQ(num_cases, 6 * 3 * 3 * 6);
}

TEST(WindowJoin, AgreesWithNestedLoopsBeyondOneChunk) {
  std::mt19937_64 random(12);
  for (const JoinType type : {JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kFull,
                              JoinType::kSemi, JoinType::kAnti}) {
    for (const std::string residual : {"", "a < b"}) {
      const Options options{.type = type, .residual = residual};
      SideRows rows = DrawRows(random, 4200, 400);
      EXPECT_EQ(JoinInBatches(options, rows, 1500), JoinByDefinition(options, rows));
      // A key that is all of one side.
      rows = DrawRows(random, 1500, 0);
      rows.left.resize(std::min<size_t>(rows.left.size(), 40));
      EXPECT_EQ(JoinInBatches(options, rows, 1500), JoinByDefinition(options, rows));
    }
  }
}

}  // namespace
}  // namespace laminar::engine
