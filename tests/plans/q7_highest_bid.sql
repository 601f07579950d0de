-- Nexmark q7: the bids that equal their window's highest price.
-- parallelism: 2
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
CREATE VIEW bids AS SELECT bid.auction AS auction, bid.price AS price, bid.bidder AS bidder, datetime FROM nexmark WHERE bid IS NOT NULL;
SELECT b.auction, b.price, b.bidder
FROM tumble(bids, datetime, INTERVAL '10 seconds') b
JOIN (SELECT max(price) AS maxprice, tumble(INTERVAL '10 seconds') AS window FROM bids GROUP BY 2) m
ON b.price = m.maxprice AND b.window = m.window;
