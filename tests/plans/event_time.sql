-- A computed event time, a watermark of its own, and a window over another column.
CREATE TABLE t (k BIGINT, ms BIGINT, at TIMESTAMP GENERATED ALWAYS AS (make_timestamp(ms * 1000)) STORED, other TIMESTAMP, WATERMARK FOR at AS at - INTERVAL '2 seconds') WITH (connector = 'stream');
SELECT k, count(*) FROM t GROUP BY k, tumble(at, INTERVAL '10 seconds');
SELECT k, count(*) FROM t GROUP BY k, tumble(other, INTERVAL '10 seconds');
SELECT k, row_time() FROM t;
