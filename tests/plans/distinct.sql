CREATE TABLE t (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT DISTINCT window_start, k FROM tumble(t, ts, INTERVAL '10 seconds');
