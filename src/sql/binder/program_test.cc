#include "sql/binder/program.h"

#include <gtest/gtest.h>

#include "duckdb.hpp"
#include "duckdb/planner/logical_operator.hpp"

#include "sql/binder/binder_for_test.h"

namespace laminar::sql {
namespace {

constexpr const char* kBids =
    "CREATE TABLE bids (WATERMARK FOR ts AS ts - INTERVAL '5 seconds') WITH (connector = "
    "'bids');\n";

std::string PlanOf(const std::string& text) {
  const BindResult result = BindForTest(text);
  if (!result.program.has_value()) {
    return DiagnosticsForTest(text, result);
  }
  return result.program->queries.back().plan->ToString();
}

TEST(Try, All) {
  const char* const texts[] = {
      "SELECT auction, count(*) AS n FROM bids GROUP BY auction, tumble(INTERVAL '1 minute')",
      "SELECT window_start, window_end, count(*) AS n FROM bids GROUP BY hop(INTERVAL '2 seconds', "
      "INTERVAL '10 seconds')",
      "SELECT tumble(interval '1 minute') as window, auction, max(price) FROM bids GROUP BY "
      "window, auction",
      "SELECT window.start, window.end, n FROM (SELECT tumble(interval '1 minute') as window, "
      "count(*) n FROM bids GROUP BY 1)",
      "SELECT window_start, window_end, count(*) FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), "
      "INTERVAL '1' MINUTE)) GROUP BY window_start, window_end",
      "SELECT window_start, auction, count(*) FROM hop(bids, ts, interval '1 second', interval '2 "
      "seconds') GROUP BY window_start, window_end, auction",
      "SELECT TUMBLE_START(ts, INTERVAL '1' MINUTE), count(*) FROM bids GROUP BY TUMBLE(ts, "
      "INTERVAL '1' MINUTE)",
      "SELECT counter FROM impulse(rate => 1000) WHERE counter % 2 = 0",
      "SELECT row_time(), auction FROM bids WHERE price > 100 AND row_time() > TIMESTAMP "
      "'2020-01-01'",
      "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY w ORDER BY n DESC) AS r FROM "
      "(SELECT tumble(interval '1 minute') as w, auction, count(*) n FROM bids GROUP BY w, "
      "auction)) WHERE r <= 3",
      "SELECT a.auction, b.n FROM (SELECT tumble(interval '1 minute') as w, auction, count(*) n "
      "FROM bids GROUP BY w, auction) a JOIN (SELECT tumble(interval '1 minute') as w, bidder, "
      "count(*) n FROM bids GROUP BY w, bidder) b ON a.w = b.w AND a.auction = b.bidder",
      "SELECT count(*) FROM bids",
      "WITH x AS (SELECT * FROM bids), y AS (SELECT auction FROM x UNION ALL SELECT bidder FROM x) "
      "SELECT * FROM y",
      "SELECT unnest([1,2]), auction FROM bids",
      "SELECT amout, prize FROM bids",
      "SELECT foo(price) FROM bid",
      "SELECT lenght(channel) FROM bids",
      "SELECT auction, count(*) FROM bids ORDER BY 1 LIMIT 10",
      "SELECT approx_distinct(auction) FILTER (WHERE price > 1), approx_median(price), "
      "approx_percentile_cont(0.9) WITHIN GROUP (ORDER BY price) FROM bids GROUP BY "
      "tumble(interval '1 s')",
  };
  for (const char* text : texts) {
    std::cout << "==== " << text << "\n" << PlanOf(kBids + std::string(text)) << "\n";
  }
}

}  // namespace
}  // namespace laminar::sql
