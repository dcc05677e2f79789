-- Letters in doubt that have been sent once, and long enough ago.
UPDATE letter
SET state = 'pending', changed = :now
WHERE edition = :edition AND state = 'unknown' AND attempts < 2 AND changed <= :before
