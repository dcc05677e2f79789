UPDATE letter
SET state = :state,
    due = :due,
    attempts = attempts + (:state = 'started'),
    stage = coalesce(:stage, stage),
    reply = coalesce(:reply, reply),
    changed = :now
WHERE number = :letter
