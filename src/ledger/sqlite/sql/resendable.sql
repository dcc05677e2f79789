-- Letters in doubt that have been sent once, and long enough ago: those of resend.sql.
SELECT count(*)
FROM letter
WHERE edition = :edition AND state = 'unknown' AND attempts < 2 AND changed <= :before
