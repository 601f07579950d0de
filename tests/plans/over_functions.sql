-- Two partitionings make two nodes; the bound on the rank comes last.
CREATE TABLE t (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5 seconds') WITH (connector = 'stream');
SELECT k, v, sum(v) OVER (PARTITION BY window, k) AS total, lag(v, 2) OVER (PARTITION BY window ORDER BY v) AS before
FROM tumble(t, ts, INTERVAL '1 minute')
QUALIFY rank() OVER (PARTITION BY window, k ORDER BY v DESC) < 4;
