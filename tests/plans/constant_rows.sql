-- Constants, VALUES and table functions beside a stream are computed while planning.
CREATE TABLE a (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT (SELECT 5) + k FROM a WHERE v > (SELECT 10 + 5);
SELECT k, t.name FROM a JOIN (VALUES (1, 'one'), (2, 'two')) t(id, name) ON a.k = t.id;
SELECT k, r FROM a, range(3) t(r);
SELECT k FROM a WHERE k IN (SELECT unnest([1, 2]));
SELECT k FROM a WHERE k NOT IN (VALUES (1), (2));
SELECT window_start, count(*) FROM tumble(a, ts, INTERVAL '1 s') JOIN (VALUES (1, 'one'), (2, 'two')) t(id, name) ON k = id GROUP BY window_start, name;
SELECT k, k IN (VALUES (1), (NULL)) FROM a;
