-- People who were gone from the lists when a letter was to be sent to them, and are back: see gone.sql.
UPDATE letter
SET state = 'pending', reply = NULL, changed = :now
WHERE edition = :edition AND state = 'cancelled' AND reply = 'no longer on a list'
  AND EXISTS (SELECT 1 FROM temp.roll WHERE roll.key = letter.key)
