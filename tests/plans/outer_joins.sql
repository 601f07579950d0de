-- parallelism: 2
CREATE TABLE a (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE TABLE b (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT a.k, b.v FROM tumble(a, ts, INTERVAL '10 seconds') a LEFT JOIN tumble(b, ts, INTERVAL '10 seconds') b ON a.window = b.window AND a.k = b.k AND a.v < b.v;
SELECT a.k, b.v FROM tumble(a, ts, INTERVAL '10 seconds') a FULL JOIN tumble(b, ts, INTERVAL '10 seconds') b ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.k IS NOT DISTINCT FROM b.k;
SELECT a.k FROM tumble(a, ts, INTERVAL '10 seconds') a WHERE EXISTS (SELECT 1 FROM tumble(b, ts, INTERVAL '10 seconds') b WHERE b.window = a.window AND b.k = a.k);
SELECT a.k FROM tumble(a, ts, INTERVAL '10 seconds') a WHERE NOT EXISTS (SELECT 1 FROM tumble(b, ts, INTERVAL '10 seconds') b WHERE b.window = a.window AND b.k = a.k);
