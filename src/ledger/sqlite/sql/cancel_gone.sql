-- Whoever cancels the rest means those too who were gone from the lists: see gone.sql.
UPDATE letter
SET reply = NULL, changed = :now
WHERE edition = :edition AND state = 'cancelled' AND reply = 'no longer on a list'
