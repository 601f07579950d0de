-- Nexmark q3 as a window join.
-- parallelism: 2
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
CREATE VIEW auctions AS SELECT auction.id AS id, auction.seller AS seller, auction.category AS category, datetime FROM nexmark WHERE auction IS NOT NULL;
CREATE VIEW persons AS SELECT person.id AS id, person.name AS name, person.city AS city, person.state AS state, datetime FROM nexmark WHERE person IS NOT NULL;
SELECT p.name, p.city, p.state, a.id
FROM tumble(auctions, datetime, INTERVAL '10 seconds') a
JOIN tumble(persons, datetime, INTERVAL '10 seconds') p ON a.seller = p.id AND a.window = p.window
WHERE a.category = 10 AND (p.state = 'OR' OR p.state = 'ID' OR p.state = 'CA');
