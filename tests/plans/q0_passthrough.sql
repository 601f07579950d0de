-- Nexmark q0: every bid.
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
SELECT bid.auction, bid.bidder, bid.price, bid.datetime, bid.extra FROM nexmark WHERE bid IS NOT NULL;
