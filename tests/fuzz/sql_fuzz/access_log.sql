-- Requests, errors and bytes of a web server in windows of ten seconds, from its access log.
--
--   tail -n +1 -F /var/log/nginx/access.log | build/laminar run examples/access_log.sql
--
-- The format 'clf' reads the common and the combined log format.

CREATE TABLE requests (
  host TEXT,
  timestamp TIMESTAMP NOT NULL,
  method TEXT,
  path TEXT,
  status INTEGER,
  bytes BIGINT,
  WATERMARK FOR timestamp AS timestamp - INTERVAL '2 seconds'
) WITH (connector = 'stdin', format = 'clf', bad_data = 'drop');

SELECT
  window_start,
  count(*) AS requests,
  count(*) FILTER (WHERE status >= 500) AS errors,
  count(DISTINCT host) AS hosts,
  format_bytes(sum(bytes)::BIGINT) AS sent,
  mode(path) AS favourite
FROM requests
GROUP BY tumble(INTERVAL '10 seconds');
