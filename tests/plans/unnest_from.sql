CREATE TABLE t (k BIGINT, l BIGINT[], ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT e, count(*) FROM t, unnest(t.l) u(e) GROUP BY e, tumble(INTERVAL '1 minute');
