SELECT number, address, state, stage, reply, changed
FROM letter
WHERE edition = ?1 AND state IN ('started', 'refused', 'deferred', 'unknown')
ORDER BY number
