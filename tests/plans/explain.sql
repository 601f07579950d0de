-- EXPLAIN plans without running; the other query runs.
CREATE TABLE t (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
EXPLAIN SELECT k, v FROM t WHERE v > 1;
EXPLAIN PHYSICAL SELECT k, v FROM t WHERE v > 1;
EXPLAIN JSON SELECT k FROM t;
SELECT v FROM t;
