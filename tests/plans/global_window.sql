-- Aggregates of whole windows are gathered; those of windowed rows are spread by window.
-- parallelism: 2
CREATE TABLE t (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE VIEW m AS SELECT tumble(INTERVAL '1 minute') AS w, k, count(*) AS n, count(DISTINCT v) AS d FROM t GROUP BY 1, 2;
SELECT w.end, max(n), median(n) FROM m GROUP BY w;
SELECT hop(INTERVAL '1 minute', INTERVAL '3 minutes').start AS s, sum(v) FROM t GROUP BY hop(INTERVAL '1 minute', INTERVAL '3 minutes');
SELECT session(INTERVAL '1 minute').start, k, list(v ORDER BY ts) FROM t GROUP BY session(INTERVAL '1 minute'), k;
