SET parallelism = 3;
CREATE TABLE t (k BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE TABLE o (k BIGINT, n BIGINT) WITH (connector = 'stream');
INSERT INTO o SELECT k, count(*) FROM t GROUP BY k, tumble(INTERVAL '1 minute');
