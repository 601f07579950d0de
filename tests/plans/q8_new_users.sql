-- Nexmark q8: persons who opened auctions in the window they came in.
-- parallelism: 2
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
SELECT p.id, p.name, p.window.start
FROM (SELECT person.id AS id, person.name AS name, tumble(INTERVAL '10 seconds') AS window FROM nexmark WHERE person IS NOT NULL GROUP BY 1, 2, 3) p
JOIN (SELECT auction.seller AS seller, tumble(INTERVAL '10 seconds') AS window FROM nexmark WHERE auction IS NOT NULL GROUP BY 1, 2) a
ON p.id = a.seller AND p.window = a.window;
