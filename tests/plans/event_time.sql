-- A computed event time, a watermark of its own, and a window over another column.
CREATE TABLE t (k BIGINT, ms BIGINT, happened TIMESTAMP GENERATED ALWAYS AS (make_timestamp(ms * 1000)) STORED, other TIMESTAMP, WATERMARK FOR happened AS happened - INTERVAL '2 seconds') WITH (connector = 'stream');
SELECT k, count(*) FROM t GROUP BY k, tumble(happened, INTERVAL '10 seconds');
SELECT k, count(*) FROM t GROUP BY k, tumble(other, INTERVAL '10 seconds');
SELECT k, row_time() FROM t;
