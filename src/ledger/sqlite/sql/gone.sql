-- Letters that are still to be sent to people whom no list names any more.
UPDATE letter
SET state = 'cancelled', due = NULL, reply = 'no longer on a list', changed = :now,
    -- One that was in doubt and let go again may still have arrived.
    stage = CASE WHEN stage = 'dot' AND coalesce(reply, '') NOT GLOB '[45]*' THEN stage END
WHERE edition = :edition AND state IN ('pending', 'deferred')
  AND NOT EXISTS (SELECT 1 FROM temp.roll WHERE roll.key = letter.key)
