UPDATE letter
SET state = :state,
    due = :due,
    deferrals = deferrals + (:state = 'deferred'),
    stage = coalesce(:stage, stage),
    reply = coalesce(:reply, reply),
    changed = :now
WHERE number = :letter
  AND state IN ('pending', 'started', 'deferred')
  AND (:state <> 'deferred' OR :due IS NOT NULL)
