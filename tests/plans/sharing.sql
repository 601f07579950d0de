-- Two queries share source and aggregate; two write one sink.
CREATE TABLE t (k BIGINT, v BIGINT, w DOUBLE, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE TABLE counts (k BIGINT, n INTEGER) WITH (connector = 'stream');
CREATE TABLE raw (v BIGINT, ts TIMESTAMP) WITH (connector = 'single');
INSERT INTO counts SELECT k, count(*) FROM t GROUP BY k, tumble(INTERVAL '1 minute');
INSERT INTO counts SELECT k, n FROM (SELECT k, count(*) AS n FROM t GROUP BY k, tumble(INTERVAL '1 minute')) WHERE n > 10;
INSERT INTO raw SELECT v, ts FROM t WHERE v > 0;
