-- Windows over windows, of the same and of another width.
CREATE TABLE t (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE VIEW m AS SELECT k, tumble(INTERVAL '1 minute') AS w, sum(v) AS s FROM t GROUP BY k, w;
SELECT w.start, max(s) FROM m GROUP BY w;
SELECT tumble(INTERVAL '5 minutes').start, max(s) FROM m GROUP BY tumble(INTERVAL '5 minutes');
