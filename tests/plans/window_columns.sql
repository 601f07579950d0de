-- Columns that are functions of the window are no keys; filters on windows come before or behind their assignment.
CREATE TABLE a (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT window_start, window_end, window_time, k, max(v) FROM tumble(a, ts, INTERVAL '1 s') GROUP BY ALL;
SELECT k, window_start, count(*) FROM hop(a, ts, INTERVAL '1 s', INTERVAL '3 s') WHERE window_start > TIMESTAMP '2020-01-01' GROUP BY k, window_start;
SELECT k, window_end, count(*) FROM cumulate(a, ts, INTERVAL '1 s', INTERVAL '10 s') GROUP BY k, window_end;
SELECT min(window_start), k FROM tumble(a, ts, INTERVAL '1 s') GROUP BY k, window;
SELECT k FROM hop(a, ts, INTERVAL '1 s', INTERVAL '3 s');
