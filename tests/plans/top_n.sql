-- The best three auctions of each window.
-- parallelism: 2
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
SELECT * FROM (
  SELECT *, row_number() OVER (PARTITION BY window ORDER BY num DESC) AS rank FROM (
    SELECT bid.auction AS auction, count(*) AS num, hop(INTERVAL '2 seconds', INTERVAL '10 seconds') AS window
    FROM nexmark WHERE bid IS NOT NULL GROUP BY 1, 3))
WHERE rank <= 3;
