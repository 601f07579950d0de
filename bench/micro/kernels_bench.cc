// How many rows a second the scalar kernels compute on one core, beside DuckDB's own functions on
// the same rows. `kernels_bench [million rows]`.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "duckdb/execution/expression_executor.hpp"

#include "base/clock.h"
#include "expression/bind_for_test.h"
#include "expression/duckdb_instance.h"
#include "expression/evaluator.h"

namespace laminar::expression {
namespace {

// Rows as Nexmark bids have them, every text another one.
constexpr const char* kRows =
    "SELECT 'https://www.nexmark.com/' || substr(md5(i::VARCHAR), 1, 5) || '/' || "
    "substr(md5(i::VARCHAR), 5, 4) || "
    "'/item.htm?query=1' || CASE WHEN i % 3 > 0 THEN '&channel_id=' || (i * 7919) ELSE '' END AS "
    "url, "
    "CASE i % 4 WHEN 0 THEN 'Apple' WHEN 1 THEN 'Google' ELSE 'channel-' || i END AS channel, "
    "TIMESTAMP '2024-05-06 07:08:09' + to_microseconds(i * 1000) AS t, "
    "i * 12345 AS price, repeat('abcdefghijklm', 4) || i AS extra FROM range(2048) r(i)";

struct Case {
  const char* name;
  const char* expression;
};

constexpr Case kCases[] = {
    {"split_part", "split_part(url, '/', 4)"},
    {"regexp_extract", "regexp_extract(url, '(&|^)channel_id=([^&]*)', 2)"},
    {"regexp_extract, by engine", "regexp_extract(url, 'channel_i[d]=([0-9]+)', 1)"},
    {"replace", "replace(extra, 'c', '')"},
    {"count of a character", "length(extra) - length(replace(extra, 'c', ''))"},
    {"contains", "contains(url, 'channel_id')"},
    {"lower(x) = constant", "lower(channel) = 'apple'"},
    {"strftime", "strftime(t, '%Y-%m-%d %H:%M')"},
    {"decimal times bigint", "0.908 * price"},
};

template <typename Run>
double RowsPerSecond(int64_t num_chunks, const Run& run) {
  run();
  const int64_t start = base::ThreadCpuNanos();
  for (int64_t i = 0; i < num_chunks; ++i) {
    run();
  }
  const double seconds = static_cast<double>(base::ThreadCpuNanos() - start) / 1e9;
  return static_cast<double>(num_chunks * 2048) / seconds;
}

void Run(const Case& c, const data::Schema& schema, data::Chunk& rows, int64_t num_chunks) {
  const BoundExpression expression = BindOneForTest(c.expression, schema);
  duckdb::ExpressionExecutor executor(EvaluationContext(), expression.get());
  const double stock = RowsPerSecond(num_chunks / 4 + 1, [&] {
    data::Vector result(expression.type());
    executor.ExecuteExpression(rows.columns(), result);
  });
  ProjectionEvaluator evaluator({expression});
  const double own = RowsPerSecond(num_chunks, [&] {
    if (!evaluator.Evaluate(rows).ok()) {
      std::abort();
    }
  });
  std::printf("%-28s %8.1f M rows/s   DuckDB %8.1f M rows/s   %5.1f times\n", c.name, own / 1e6,
              stock / 1e6, own / stock);
}

void RunAll(int argc, char** argv) {
  const int64_t num_chunks = (argc > 1 ? std::atoll(argv[1]) : 4) * 1'000'000 / 2048;
  const data::Schema schema = SchemaForTest(kRows);
  data::Chunk rows = QueryForTest(kRows);
  for (const Case& c : kCases) {
    Run(c, schema, rows, num_chunks);
  }
}

}  // namespace
}  // namespace laminar::expression

int main(int argc, char** argv) {
  laminar::expression::RunAll(argc, argv);
  return 0;
}
