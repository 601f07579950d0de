-- Columns that only part of a shared plan reads.
CREATE TABLE t (k BIGINT, v BIGINT, w DOUBLE, s VARCHAR, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
WITH all_rows AS (SELECT *, length(s) AS l, upper(s) AS u FROM t WHERE v > 0),
     sums AS (SELECT k, tumble(INTERVAL '1 minute') AS window, sum(v) AS sv, max(w) AS mw, max(l) AS ml FROM all_rows GROUP BY 1, 2)
SELECT a.k, a.sv, b.sv FROM sums a JOIN sums b ON a.window = b.window AND a.k = b.k + 1;
