-- DISTINCT, FILTER, ORDER BY inside aggregates, HAVING.
-- parallelism: 2
CREATE TABLE t (k BIGINT, v BIGINT, s VARCHAR, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT k, window_start, count(DISTINCT v) AS d, sum(v) FILTER (WHERE v > 3) AS f, string_agg(s, ',' ORDER BY v DESC) AS g, quantile_cont(v, 0.9) AS q
FROM tumble(t, ts, INTERVAL '1 minute') GROUP BY k, window_start, window_end HAVING count(*) > 2;
