UPDATE letter
SET state = :state,
    due = :due,
    deferrals = deferrals + (:state = 'deferred'),
    since = iif(:state = 'deferred', coalesce(since, :now), since),
    stage = coalesce(:stage, stage),
    reply = coalesce(:reply, reply),
    changed = :now
WHERE number = :letter
  AND (state = 'pending' OR state = 'started' OR state = 'deferred')
  AND (:state <> 'deferred' OR :due IS NOT NULL)
