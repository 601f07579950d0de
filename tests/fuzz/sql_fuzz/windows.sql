CREATE TABLE t (id BIGINT, k TEXT, v DOUBLE, s STRUCT(p INT, q TEXT), l BIGINT[], ts TIMESTAMP NOT NULL, WATERMARK FOR ts AS ts - INTERVAL '3 seconds') WITH (connector = 'stdin', format = 'json', bad_data = 'drop');
CREATE VIEW w AS SELECT k, count(*) AS n, sum(v) FILTER (WHERE v > 0) AS total, list(id ORDER BY ts DESC) AS ids, hop(INTERVAL '2 seconds', INTERVAL '10 seconds') AS window FROM t WHERE s.p IN (1, 2, 3) GROUP BY k, window HAVING count(*) > 1;
SELECT window.start, k, n, rank() OVER (PARTITION BY window ORDER BY n DESC, k) AS place FROM w QUALIFY place <= 3;
SELECT a.k, b.n FROM w a LEFT JOIN w b ON a.window = b.window AND a.k = b.k WHERE EXISTS (FROM w c WHERE c.window = a.window AND c.n > a.n);
SELECT user_id, session_start FROM (SELECT id AS user_id, session(INTERVAL '5' SECOND).start AS session_start, max(unnest) FROM (SELECT id, ts, unnest(l) AS unnest FROM t) GROUP BY id, session(INTERVAL '5' SECOND));
SELECT DISTINCT k, window_start FROM cumulate(t, ts, INTERVAL '1 minute', INTERVAL '1 hour');
WITH c AS MATERIALIZED (SELECT * EXCLUDE (l) FROM t) SELECT * REPLACE (upper(k) AS k) FROM c UNION ALL BY NAME SELECT 1::BIGINT AS id, 'x' AS k;
