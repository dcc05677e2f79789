UPDATE letter
SET state = :state,
    due = :due,
    attempts = attempts + (:state = 'started'),
    stage = coalesce(:stage, stage),
    reply = coalesce(:reply, reply),
    changed = :now
WHERE number = :letter
  AND (state IN ('pending', 'started') OR (state = 'deferred' AND :state <> 'started'))
  AND (:state <> 'started' OR state = 'pending')
  AND (:state <> 'deferred' OR :due IS NOT NULL)
