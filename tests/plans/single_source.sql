-- A source and a sink that cannot be parallel.
-- parallelism: 4
CREATE TABLE t (k BIGINT, v BIGINT) WITH (connector = 'single');
CREATE TABLE o (k BIGINT, v BIGINT) WITH (connector = 'single');
INSERT INTO o SELECT k, v * 2 FROM t WHERE v > 1;
