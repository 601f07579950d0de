-- What the package manager did on this machine, hour by hour. Every Debian machine has the log:
--
--   cat /var/log/dpkg.log | build/laminar run examples/package_log.sql -o table

CREATE TABLE log (
  value TEXT,
  at TIMESTAMP GENERATED ALWAYS AS (strptime(value[1:19], '%Y-%m-%d %H:%M:%S')),
  action TEXT GENERATED ALWAYS AS (split_part(value, ' ', 3)),
  WATERMARK FOR at
) WITH (connector = 'stdin', format = 'raw_string');

SELECT window.start AS hour, action, packages
FROM (
  SELECT action, count(*) AS packages, tumble(INTERVAL '1 hour') AS window
  FROM log
  WHERE action IN ('install', 'upgrade', 'remove')
  GROUP BY action, window
);
