SELECT number, address, file, line, state, stage, reply, changed, due
FROM letter
WHERE edition = ?1
  -- As the index letter_told has it.
  AND (state = 'started' OR state = 'refused' OR state = 'deferred' OR state = 'unknown')
ORDER BY number
