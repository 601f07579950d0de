#include "app/nexmark_queries.h"

#include <fmt/format.h>

namespace laminar::app {

const std::vector<NexmarkQuery>& NexmarkQueries() {
  static const std::vector<NexmarkQuery> queries = {
      {"q0", "Pass through", "SELECT auction, bidder, price, datetime, extra FROM bid", ""},
      {"q1", "Currency conversion",
       "SELECT auction, bidder, 0.908 * price AS price, datetime, extra FROM bid", ""},
      {"q2", "Selection", "SELECT auction, price FROM bid WHERE auction % 123 = 0", ""},
      {"q3", "Local item suggestion, per window of 10 seconds",
       "SELECT p.name, p.city, p.state, a.id\n"
       "FROM tumble(auction, datetime, INTERVAL '10 seconds') a\n"
       "JOIN tumble(person, datetime, INTERVAL '10 seconds') p ON a.seller = p.id AND a.window = "
       "p.window\n"
       "WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')",
       ""},
      {"q5", "Hot items",
       "WITH counts AS (\n"
       "  SELECT auction, count(*) AS num, hop(INTERVAL '2 seconds', INTERVAL '10 seconds') AS "
       "window\n"
       "  FROM bid GROUP BY auction, window)\n"
       "SELECT counts.auction, counts.num FROM counts\n"
       "JOIN (SELECT max(num) AS most, window FROM counts GROUP BY window) best\n"
       "ON counts.window = best.window AND counts.num >= best.most",
       ""},
      {"q7", "Highest bid",
       "SELECT b.auction, b.price, b.bidder, b.datetime, b.extra\n"
       "FROM tumble(bid, datetime, INTERVAL '10 seconds') b\n"
       "JOIN (SELECT max(price) AS price, tumble(INTERVAL '10 seconds') AS window FROM bid GROUP "
       "BY window) best\n"
       "ON b.window = best.window AND b.price = best.price",
       ""},
      {"q8", "Monitor new users",
       "SELECT p.id, p.name, p.window.start AS starttime\n"
       "FROM (SELECT id, name, tumble(INTERVAL '10 seconds') AS window FROM person GROUP BY id, "
       "name, window) p\n"
       "JOIN (SELECT seller, tumble(INTERVAL '10 seconds') AS window FROM auction GROUP BY seller, "
       "window) a\n"
       "ON p.id = a.seller AND p.window = a.window",
       ""},
      {"q10", "Log to files",
       "SELECT auction, bidder, price, datetime, extra, strftime(datetime, '%Y-%m-%d') AS dt, "
       "strftime(datetime, '%H:%M') AS hm\n"
       "FROM bid",
       "connector = 'filesystem', format = 'csv', path = '${folder}', 'partitioning.fields' = "
       "'dt,hm'"},
      {"q11", "User sessions",
       "SELECT bidder, count(*) AS bid_count, session(INTERVAL '10 seconds') AS window FROM bid "
       "GROUP BY bidder, window",
       ""},
      {"q12", "Bids per user and window of 10 seconds, by event time",
       "SELECT bidder, count(*) AS bid_count, tumble(INTERVAL '10 seconds') AS window FROM bid "
       "GROUP BY bidder, window",
       ""},
      {"q14", "Calculation",
       "SELECT auction, bidder, 0.908 * price AS price,\n"
       "  CASE WHEN hour(datetime) >= 8 AND hour(datetime) <= 18 THEN 'dayTime'\n"
       "       WHEN hour(datetime) <= 6 OR hour(datetime) >= 20 THEN 'nightTime' ELSE 'otherTime' "
       "END AS bid_time_type,\n"
       "  datetime, extra, len(extra) - len(replace(extra, 'c', '')) AS c_counts\n"
       "FROM bid WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000",
       ""},
      {"q15", "Bidding statistics, per day",
       "SELECT tumble(INTERVAL '1 day') AS window, count(*) AS total_bids,\n"
       "  count(*) FILTER (WHERE price < 10000) AS rank1_bids,\n"
       "  count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,\n"
       "  count(*) FILTER (WHERE price >= 1000000) AS rank3_bids,\n"
       "  count(DISTINCT bidder) AS total_bidders,\n"
       "  count(DISTINCT auction) AS total_auctions\n"
       "FROM bid GROUP BY window",
       ""},
      {"q17", "Auction statistics, per day",
       "SELECT auction, tumble(INTERVAL '1 day') AS window, count(*) AS total_bids,\n"
       "  count(*) FILTER (WHERE price < 10000) AS rank1_bids,\n"
       "  count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS rank2_bids,\n"
       "  count(*) FILTER (WHERE price >= 1000000) AS rank3_bids,\n"
       "  min(price) AS min_price, max(price) AS max_price, avg(price) AS avg_price, sum(price) AS "
       "sum_price\n"
       "FROM bid GROUP BY auction, window",
       ""},
      {"q21", "Add channel id",
       "SELECT auction, bidder, price, channel,\n"
       "  CASE WHEN lower(channel) = 'apple' THEN '0' WHEN lower(channel) = 'google' THEN '1'\n"
       "       WHEN lower(channel) = 'facebook' THEN '2' WHEN lower(channel) = 'baidu' THEN '3'\n"
       "       ELSE regexp_extract(url, '(&|^)channel_id=([^&]*)', 2) END AS channel_id\n"
       "FROM bid\n"
       "WHERE regexp_extract(url, '(&|^)channel_id=([^&]*)', 2) <> ''\n"
       "  OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')",
       ""},
      {"q22", "Get URL directories",
       "SELECT auction, bidder, price, channel,\n"
       "  split_part(url, '/', 4) AS dir1, split_part(url, '/', 5) AS dir2, split_part(url, '/', "
       "6) AS dir3\n"
       "FROM bid",
       ""},
  };
  return queries;
}

std::string NexmarkTables(std::string_view source_options) {
  return fmt::format(
      "CREATE TABLE nexmark WITH (connector = 'nexmark'{}{});\n"
      "CREATE VIEW person AS SELECT person.* FROM nexmark WHERE person IS NOT NULL;\n"
      "CREATE VIEW auction AS SELECT auction.* FROM nexmark WHERE auction IS NOT NULL;\n"
      "CREATE VIEW bid AS SELECT bid.* FROM nexmark WHERE bid IS NOT NULL;\n",
      source_options.empty() ? "" : ", ", source_options);
}

}  // namespace laminar::app
