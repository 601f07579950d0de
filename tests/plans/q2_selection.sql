-- Nexmark q2.
CREATE TABLE nexmark WITH (connector = 'nexmark', event_rate = '1000', events = '10');
SELECT bid.auction, bid.price FROM nexmark WHERE bid.auction % 123 = 0;
