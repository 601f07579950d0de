-- Persons who opened an auction within ten seconds of signing up: a join of two windows.
--
--   build/laminar run examples/new_users.sql --limit 5 -o table

CREATE TABLE events WITH (connector = 'nexmark', events = 500000);

CREATE VIEW persons AS SELECT person.* FROM events WHERE person IS NOT NULL;
CREATE VIEW auctions AS SELECT auction.* FROM events WHERE auction IS NOT NULL;

SELECT p.name, p.city, a.auctions, p.window.start AS since
FROM (
  SELECT id, name, city, tumble(INTERVAL '10 seconds') AS window
  FROM persons GROUP BY id, name, city, window
) p
JOIN (
  SELECT seller, count(*) AS auctions, tumble(INTERVAL '10 seconds') AS window
  FROM auctions GROUP BY seller, window
) a
ON p.id = a.seller AND p.window = a.window
WHERE a.auctions > 20;
