-- Lists in rows.
CREATE TABLE t (k BIGINT, l BIGINT[], ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT k, unnest(l) AS e FROM t WHERE k > 1;
