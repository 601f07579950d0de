// The window aggregate operator gives what DuckDB gives in batch, whatever the batches, the phases
// and the disorder within the watermark's delay.
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "window_aggregate_case.h"

namespace laminar::differential {
namespace {

using plan::WindowSpec;

constexpr int64_t kSecond = 1'000'000;

WindowSpec Window(WindowSpec::Kind kind, int64_t slide, int64_t width, int64_t offset = 0) {
  return {.kind = kind, .width = {width}, .slide = {slide}, .offset = {offset}};
}
WindowSpec Tumble(int64_t width, int64_t offset = 0) {
  return Window(WindowSpec::Kind::kTumble, width, width, offset);
}
WindowSpec Hop(int64_t slide, int64_t width, int64_t offset = 0) {
  return Window(WindowSpec::Kind::kHop, slide, width, offset);
}
WindowSpec Cumulate(int64_t step, int64_t width) {
  return Window(WindowSpec::Kind::kCumulate, step, width);
}
WindowSpec Session(int64_t gap) { return Window(WindowSpec::Kind::kSession, gap, gap); }

const std::vector<WindowSpec>& AllWindows() {
  static const std::vector<WindowSpec> windows = {Tumble(10 * kSecond),
                                                  Tumble(7 * kSecond, 3 * kSecond),
                                                  Hop(2 * kSecond, 10 * kSecond),
                                                  Hop(5 * kSecond, 10 * kSecond),
                                                  Hop(3 * kSecond, 10 * kSecond, kSecond),
                                                  Hop(10 * kSecond, 4 * kSecond),
                                                  Hop(kSecond, 40 * kSecond),
                                                  Cumulate(3 * kSecond, 12 * kSecond),
                                                  Cumulate(5 * kSecond, 12 * kSecond),
                                                  Session(100'000),
                                                  Session(kSecond)};
  return windows;
}

// Rows around 1970, so that some times are negative; up to half a second out of order; every column
// has NULLs.
constexpr int64_t kDisorder = 500'000;
constexpr int64_t kNumRows = 1000;

void MakeTable() {
  static const bool made = [] {
    Execute(
        "CREATE OR REPLACE TABLE rows_ AS SELECT seq, "
        "make_timestamp((-60 * 1000000 + seq * 25000 + hash(seq * 7) % 500000 + "
        "  CASE WHEN seq % 300 > 280 THEN 1000000 ELSE 0 END)::BIGINT) AS ts, "
        "CASE WHEN h % 13 = 0 THEN NULL ELSE (h % 20)::BIGINT END AS k, "
        "CASE WHEN h % 17 = 0 THEN NULL ELSE 'key number ' || (h % 9) END AS s, "
        "CASE WHEN h % 5 = 0 THEN NULL ELSE (hash(seq + 1) % 2000)::INTEGER - 1000 END AS i, "
        "CASE WHEN h % 7 = 0 THEN NULL ELSE (hash(seq + 2) // 3)::BIGINT END AS b, "
        "CASE WHEN h % 7 = 1 THEN NULL ELSE (hash(seq + 2) % 100)::SMALLINT END AS sm, "
        "CASE WHEN h % 7 = 2 THEN NULL ELSE hash(seq + 3)::HUGEINT * 1000003 END AS hu, "
        "CASE WHEN h % 11 = 0 THEN NULL ELSE (hash(seq + 4) % 1000000) / 1000.0 - 300 END AS d, "
        "CASE WHEN h % 11 = 1 THEN NULL ELSE (hash(seq + 5) % 1000000) / 77.7 END AS e, "
        "CASE WHEN h % 11 = 2 THEN NULL ELSE ((hash(seq + 6) % 1000000) / 100)::DECIMAL(10,2) END "
        "AS dec, "
        "CASE WHEN h % 11 = 3 THEN NULL ELSE hash(seq + 6)::DECIMAL(38,4) END AS wide, "
        "CASE WHEN h % 11 = 4 THEN NULL ELSE hash(seq + 8) % 3 > 0 END AS flag, "
        "hash(seq + 9) % 4 > 0 AS keep, "
        "CASE WHEN h % 11 = 5 THEN NULL ELSE repeat('text ', (hash(seq + 10) % 6)::INTEGER) || "
        "  (hash(seq + 11) % 50) END AS txt, "
        "CASE WHEN h % 11 = 6 THEN NULL ELSE DATE '2020-01-01' + (h % 1000)::INTEGER END AS dt, "
        "CASE WHEN h % 11 = 7 THEN NULL ELSE to_seconds(h % 100000) END AS iv, "
        "CASE WHEN h % 11 = 8 THEN NULL ELSE [h % 3, h % 4] END AS li, "
        "CASE WHEN h % 11 = 9 THEN NULL ELSE md5(seq::VARCHAR)::UUID END AS u, "
        "(hash(seq + 12) % 30)::BIGINT AS few "
        "FROM (SELECT seq, hash(seq) AS h FROM range(" +
        std::to_string(kNumRows) + ") r(seq))");
    return true;
  }();
  ASSERT_TRUE(made);
}

std::string Name(const Case& test) {
  return test.window.ToString() + " by " + std::to_string(test.keys.size()) + " keys";
}

struct Exact {
  bool between_batches = true;
};

// Batches of 1, 7 and 2048 rows and a restore give one result, which is DuckDB's.
void ExpectSame(const Case& test, Exact exact = {}) {
  MakeTable();
  SCOPED_TRACE(Name(test));
  const size_t num_keys = test.keys.size();
  const Rows expected = Sorted(RunBatch("rows_", test), num_keys);
  ASSERT_FALSE(expected.empty());
  const Rows whole =
      Sorted(RunStreaming("rows_", test, {.rows_per_batch = 2048, .delay_micros = kDisorder * 3}),
             num_keys);
  EXPECT_EQ(Difference(whole, expected, 1e-9), "");
  const double tolerance = exact.between_batches ? 0 : 1e-9;
  for (const int64_t rows_per_batch : {1, 7}) {
    const Rows parts = Sorted(RunStreaming("rows_", test,
                                           {.rows_per_batch = rows_per_batch,
                                            .delay_micros = kDisorder * 3,
                                            .phases = Phases::kOne,
                                            .restore_midway = rows_per_batch == 7}),
                              num_keys);
    EXPECT_EQ(Difference(parts, whole, tolerance), "") << rows_per_batch << " rows a batch";
  }
}

void ExpectSameSplit(const Case& test) {
  MakeTable();
  SCOPED_TRACE(Name(test));
  const size_t num_keys = test.keys.size();
  const Rows whole = Sorted(RunStreaming("rows_", test, {.delay_micros = kDisorder * 3}), num_keys);
  for (const Phases phases : {Phases::kTwo, Phases::kFourAndOne}) {
    for (const int64_t rows_per_batch : {3, 300}) {
      const Rows split = Sorted(RunStreaming("rows_", test,
                                             {.rows_per_batch = rows_per_batch,
                                              .delay_micros = kDisorder * 3,
                                              .phases = phases,
                                              .restore_midway = rows_per_batch == 3}),
                                num_keys);
      EXPECT_EQ(Difference(split, whole, 0), "") << rows_per_batch << " rows a batch";
    }
  }
}

const std::vector<std::vector<std::string>>& AllKeys() {
  static const std::vector<std::vector<std::string>> keys = {
      {}, {"k"}, {"s"}, {"k", "s"}, {"li", "dt"}};
  return keys;
}

const std::vector<std::string>& SubtractableCalls() {
  static const std::vector<std::string> calls = {"count(*)",
                                                 "count(i)",
                                                 "count(*) FILTER (WHERE keep)",
                                                 "sum(i)",
                                                 "sum(b)",
                                                 "sum(hu)",
                                                 "sum(dec)",
                                                 "sum(dec) FILTER (WHERE keep)",
                                                 "avg(sm)",
                                                 "avg(i)",
                                                 "avg(b)",
                                                 "avg(dec)",
                                                 "avg(ts)",
                                                 "bool_and(flag)",
                                                 "bool_or(flag)",
                                                 "bit_xor(i)",
                                                 "count_if(flag)"};
  return calls;
}

const std::vector<std::string>& MergeableCalls() {
  static const std::vector<std::string> calls = {
      "min(i)",           "max(b)",          "min(hu)",       "max(d)",
      "min(dec)",         "max(txt)",        "min(s)",        "max(dt)",
      "max(iv)",          "min(u)",          "max(flag)",     "max(b) FILTER (WHERE i > 0)",
      "sum(d)",           "avg(d)",          "bit_and(b)",    "bit_or(b)",
      "arg_min(txt, b)",  "arg_max(i, txt)", "arg_max(u, d)", "first(i)",
      "last(txt)",        "any_value(dec)",  "stddev(d)",     "var_pop(e)",
      "covar_samp(d, e)", "corr(d, e)"};
  return calls;
}

TEST(WindowAggregateAgainstBatch, SubtractableCallsInEveryWindow) {
  for (const WindowSpec& window : AllWindows()) {
    for (const std::vector<std::string>& keys : AllKeys()) {
      ExpectSame({.keys = keys, .window = window, .calls = SubtractableCalls()});
    }
  }
}

TEST(WindowAggregateAgainstBatch, MergeableCallsInEveryWindow) {
  for (const WindowSpec& window : AllWindows()) {
    for (const std::vector<std::string>& keys : AllKeys()) {
      ExpectSame({.keys = keys, .window = window, .calls = MergeableCalls()});
    }
  }
}

TEST(WindowAggregateAgainstBatch, DistinctCallsInEveryWindow) {
  for (const WindowSpec& window : AllWindows()) {
    for (const std::vector<std::string>& keys :
         {std::vector<std::string>{}, std::vector<std::string>{"k"}}) {
      ExpectSame({.keys = keys,
                  .window = window,
                  .calls = {"count(DISTINCT few)", "count(DISTINCT txt)", "sum(DISTINCT few)",
                            "count(*)", "count(DISTINCT few) FILTER (WHERE keep)"}});
      ExpectSame(
          {.keys = keys,
           .window = window,
           .calls = {"avg(DISTINCT d)", "count(DISTINCT li)", "min(DISTINCT i)", "sum(few)"}});
      ExpectSame({.keys = keys,
                  .window = window,
                  .calls = {"quantile_cont(DISTINCT few, 0.3)", "median(DISTINCT few)",
                            "string_agg(DISTINCT s, ',' ORDER BY s)"}});
    }
  }
}

const std::vector<std::string>& CollectedCalls() {
  static const std::vector<std::string> calls = {"median(i)",
                                                 "quantile_cont(d, 0.9)",
                                                 "quantile_disc(txt, [0.1, 0.5])",
                                                 "histogram(few)",
                                                 "string_agg(txt, ';' ORDER BY seq)",
                                                 "array_agg(i ORDER BY b DESC NULLS LAST, seq)",
                                                 "median(i) FILTER (WHERE keep)",
                                                 "max(li)",
                                                 "mad(e)",
                                                 "approx_count_distinct(txt)",
                                                 "bitstring_agg(few, 0, 29)",
                                                 "min(few, 3)",
                                                 "mode(few)",
                                                 "list(i)",
                                                 "string_agg(txt, ',')",
                                                 "sum(i)",
                                                 "max(txt)"};
  return calls;
}

TEST(WindowAggregateAgainstBatch, EachCollectedCallAlone) {
  for (const std::string& call : CollectedCalls()) {
    SCOPED_TRACE(call);
    ExpectSame({.keys = {"k"}, .window = Hop(5 * kSecond, 10 * kSecond), .calls = {call}});
  }
}

TEST(WindowAggregateAgainstBatch, CollectedCallsInEveryWindow) {
  for (const WindowSpec& window : AllWindows()) {
    for (const std::vector<std::string>& keys :
         {std::vector<std::string>{}, std::vector<std::string>{"k", "s"}}) {
      ExpectSame({.keys = keys, .window = window, .calls = CollectedCalls()});
    }
  }
}

TEST(WindowAggregateAgainstBatch, CollectedFloatsMayDifferInTheLastDigit) {
  for (const WindowSpec& window :
       {Tumble(10 * kSecond), Hop(2 * kSecond, 10 * kSecond), Session(100'000)}) {
    ExpectSame({.keys = {"k"},
                .window = window,
                .calls = {"skewness(d)", "kurtosis(e)", "regr_slope(d, e)", "entropy(few)"}},
               {.between_batches = false});
  }
}

TEST(WindowAggregateAgainstBatch, TwoPhasesGiveTheResultsOfOne) {
  for (const WindowSpec& window : AllWindows()) {
    if (window.kind == WindowSpec::Kind::kSession) {
      continue;
    }
    for (const std::vector<std::string>& keys : AllKeys()) {
      ExpectSameSplit({.keys = keys, .window = window, .calls = SubtractableCalls()});
    }
    ExpectSameSplit(
        {.keys = {"k", "s"},
         .window = window,
         .calls = {"max(b)", "min(txt)", "avg(d)", "stddev(d)", "corr(d, e)", "bit_or(b)"}});
  }
}

}  // namespace
}  // namespace laminar::differential
