-- Operators with state of every kind. What a version has left of them in the middle of its input,
-- later versions must go on from.
CREATE TABLE ticks (WATERMARK FOR datetime AS datetime - INTERVAL '5 seconds') WITH (
  connector = 'impulse', event_rate = ${rate}, message_count = 2000,
  event_time_interval = INTERVAL '100 milliseconds'
);
CREATE VIEW keyed AS
SELECT counter, counter * 7919 % 17 AS k, (counter % 100)::DECIMAL(18, 2) / 4 AS price, datetime FROM ticks;

CREATE TABLE tumbling WITH (connector = 'filesystem', path = 'out/tumbling', format = 'json');
CREATE TABLE hopping WITH (connector = 'filesystem', path = 'out/hopping', format = 'json');
CREATE TABLE sessions WITH (connector = 'filesystem', path = 'out/sessions', format = 'json');
CREATE TABLE joined WITH (connector = 'filesystem', path = 'out/joined', format = 'json');
CREATE TABLE best WITH (connector = 'filesystem', path = 'out/best', format = 'json');

INSERT INTO tumbling
SELECT tumble(INTERVAL '1 minute').start AS begun, k, count(*) AS n, sum(price) AS total,
       count(DISTINCT counter % 5) AS kinds, list(counter % 3 ORDER BY counter % 3) AS rests
FROM keyed GROUP BY tumble(INTERVAL '1 minute'), k;

INSERT INTO hopping
SELECT hop(INTERVAL '20 seconds', INTERVAL '2 minutes').start AS begun, k, min(counter) AS lowest,
       avg(counter) AS mean, max('tick ' || counter::VARCHAR) AS name
FROM keyed GROUP BY hop(INTERVAL '20 seconds', INTERVAL '2 minutes'), k;

INSERT INTO sessions
SELECT session(INTERVAL '3 seconds').start AS begun, k, count(*) AS n
FROM keyed WHERE counter % 1000 < 600 GROUP BY session(INTERVAL '3 seconds'), k;

INSERT INTO joined
SELECT a.window.start AS begun, a.k, a.counter AS one, b.counter AS other
FROM tumble(keyed, datetime, INTERVAL '1 minute') a
JOIN tumble(keyed, datetime, INTERVAL '1 minute') b
  ON a.window = b.window AND a.k = b.k AND a.counter = b.counter - 17;

INSERT INTO best
SELECT begun, k, n, place FROM (
  SELECT window.start AS begun, k, n, row_number() OVER (PARTITION BY window ORDER BY n DESC, k) AS place
  FROM (SELECT tumble(INTERVAL '1 minute') AS window, k, count(*) AS n
        FROM keyed WHERE counter % 7 <> 2 GROUP BY tumble(INTERVAL '1 minute'), k))
WHERE place <= 5;
