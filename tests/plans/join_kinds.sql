-- Semi joins from IN, scalar subqueries, three inputs, windows of full joins.
CREATE TABLE a (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
CREATE TABLE b (k BIGINT, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts) WITH (connector = 'stream');
SELECT x.k FROM tumble(a, ts, INTERVAL '1 s') x WHERE x.k IN (SELECT k FROM tumble(b, ts, INTERVAL '1 s') y WHERE y.window = x.window);
SELECT x.k, (SELECT max(y.v) FROM tumble(b, ts, INTERVAL '1 s') y WHERE y.window = x.window) FROM tumble(a, ts, INTERVAL '1 s') x;
SELECT x.k FROM tumble(a, ts, INTERVAL '1 s') x JOIN tumble(b, ts, INTERVAL '1 s') y ON x.window = y.window AND x.k = y.k JOIN tumble(b, ts, INTERVAL '1 s') z ON x.window = z.window AND z.v > y.v;
SELECT coalesce(x.window, y.window) w, count(*) FROM tumble(a, ts, INTERVAL '1 s') x FULL JOIN tumble(b, ts, INTERVAL '1 s') y ON x.window = y.window AND x.k = y.k GROUP BY w;
SELECT x.window_start, count(*) FROM tumble(a, ts, INTERVAL '1 s') x RIGHT JOIN tumble(b, ts, INTERVAL '1 s') y ON x.window = y.window AND x.k = y.k + 1 GROUP BY y.window, x.window_start;
