-- Nexmark q5: the auctions with the most bids of each hopping window.
-- parallelism: 2
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
WITH counts AS (
  SELECT bid.auction AS auction, count(*) AS num, hop(INTERVAL '2 seconds', INTERVAL '10 seconds') AS window
  FROM nexmark WHERE bid IS NOT NULL GROUP BY 1, 3),
best AS (SELECT max(num) AS maxn, window FROM counts GROUP BY window)
SELECT counts.auction, counts.num, counts.window.start, counts.window.end FROM counts JOIN best ON counts.window = best.window AND counts.num >= best.maxn;
