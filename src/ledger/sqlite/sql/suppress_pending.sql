-- Letters that are still to be sent to people who must not be written to.
UPDATE letter
SET state = 'suppressed', changed = :now
WHERE edition = :edition AND key IN (SELECT key FROM suppression) AND state = 'pending'
