CREATE TABLE a (k BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE TABLE b (k BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT k, window FROM tumble(a, ts, INTERVAL '1 s') UNION SELECT k, window FROM tumble(b, ts, INTERVAL '1 s');
