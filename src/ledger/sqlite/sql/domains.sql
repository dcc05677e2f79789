-- The recipient domains with most letters. What stands behind the last @ of an
-- address: a quoted local part may hold another.
SELECT domain, count(*) OVER (), pending, started, accepted, refused, deferred, unknown, suppressed, cancelled
FROM (
    SELECT
        substr(key, length(rtrim(key, replace(key, '@', ''))) + 1) AS domain,
        count(*) AS letters,
        count(*) FILTER (WHERE state = 'pending') AS pending,
        count(*) FILTER (WHERE state = 'started') AS started,
        count(*) FILTER (WHERE state = 'accepted') AS accepted,
        count(*) FILTER (WHERE state = 'refused') AS refused,
        count(*) FILTER (WHERE state = 'deferred') AS deferred,
        count(*) FILTER (WHERE state = 'unknown') AS unknown,
        count(*) FILTER (WHERE state = 'suppressed') AS suppressed,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled
    FROM letter
    WHERE edition = :edition
    GROUP BY domain
)
ORDER BY letters DESC, domain
LIMIT :most
