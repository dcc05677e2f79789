-- Letters that are still to be sent to people whom no list names any more.
UPDATE letter
SET state = 'cancelled', due = NULL, reply = 'no longer on a list', stage = NULL, changed = :now
WHERE edition = :edition AND state IN ('pending', 'deferred')
  AND NOT EXISTS (SELECT 1 FROM temp.roll WHERE roll.key = letter.key)
