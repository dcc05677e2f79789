-- A letter may be started once, while it is pending, and never to somebody who must not be written to.
UPDATE letter
SET state = 'started', due = NULL, attempts = attempts + 1, changed = :now
WHERE number = :letter AND state = 'pending'
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.key = letter.key)
