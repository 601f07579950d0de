-- Windows survive a union.
CREATE TABLE a (k BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE TABLE b (k BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT window_start, sum(n) FROM (
  SELECT k, window_start, window_end, n FROM (SELECT k, window_start, window_end, count(*) AS n FROM tumble(a, ts, INTERVAL '1 minute') GROUP BY k, window_start, window_end)
  UNION ALL
  SELECT k, window_start, window_end, n FROM (SELECT k, window_start, window_end, count(*) AS n FROM tumble(b, ts, INTERVAL '1 minute') GROUP BY k, window_start, window_end)
  UNION ALL
  SELECT k, window_start, window_end, count(*) FROM tumble(b, ts, INTERVAL '1 minute') GROUP BY k, window_start, window_end)
GROUP BY window_start, window_end;
