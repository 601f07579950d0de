-- Rows of a window table function that nothing aggregates.
CREATE TABLE t (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT window_start, k, v FROM hop(t, ts, INTERVAL '5 seconds', INTERVAL '10 seconds') WHERE v > 3;
