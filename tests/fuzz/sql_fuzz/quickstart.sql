-- The most wanted auctions of the last ten seconds, anew every two seconds.
--
--   build/laminar run examples/quickstart.sql --for 15s
--
-- `nexmark` is a built-in source: the events of an auction site, made as fast as asked for.

CREATE TABLE events WITH (
  connector = 'nexmark',
  event_rate = 100000
);

CREATE VIEW bids AS
SELECT bid.auction, bid.price FROM events WHERE bid IS NOT NULL;

-- One row an auction and window; a window's rows appear once the window is complete.
CREATE VIEW bids_by_auction AS
SELECT
  auction,
  count(*) AS bids,
  max(price) AS highest_bid,
  hop(INTERVAL '2 seconds', INTERVAL '10 seconds') AS window
FROM bids
GROUP BY auction, window;

SELECT
  window.end AS window_end,
  row_number() OVER (PARTITION BY window ORDER BY bids DESC, auction) AS place,
  auction,
  bids,
  highest_bid
FROM bids_by_auction
QUALIFY place <= 5;
