-- Nexmark q1: arithmetic on a column.
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
SELECT bid.auction, bid.bidder, 0.908 * bid.price AS price, bid.datetime, bid.extra FROM nexmark WHERE bid IS NOT NULL;
