-- Joins with a window's own highest value become ranks, by key too; not for floating-point values.
-- parallelism: 2
CREATE TABLE a (k BIGINT, v BIGINT, d DOUBLE, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT p.k, p.v, m.mv FROM tumble(a, ts, INTERVAL '1 s') p JOIN (SELECT k, max(v) mv, window FROM tumble(a, ts, INTERVAL '1 s') GROUP BY k, window) m ON p.k = m.k AND p.v = m.mv AND p.window = m.window;
SELECT p.k FROM hop(a, ts, INTERVAL '1 s', INTERVAL '2 s') p JOIN (SELECT min(v) mv, window FROM hop(a, ts, INTERVAL '1 s', INTERVAL '2 s') GROUP BY window) m ON m.mv >= p.v AND p.window = m.window;
SELECT p.k FROM tumble(a, ts, INTERVAL '1 s') p JOIN (SELECT max(d) mv, window FROM tumble(a, ts, INTERVAL '1 s') GROUP BY window) m ON p.d = m.mv AND p.window = m.window;
SELECT p.k FROM tumble(a, ts, INTERVAL '1 s') p JOIN (SELECT max(v) mv, window FROM tumble(a, ts, INTERVAL '1 s') WHERE k > 1 GROUP BY window) m ON p.v = m.mv AND p.window = m.window;
