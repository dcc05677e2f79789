SELECT number, address, file, line, state, stage, reply, changed, due
FROM letter
WHERE edition = ?1 AND state IN ('started', 'refused', 'deferred', 'unknown')
ORDER BY number
