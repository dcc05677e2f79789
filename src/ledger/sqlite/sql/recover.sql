-- Whatever was started and has no outcome was in flight when the last run ended.
UPDATE letter
SET state = 'unknown', stage = 'dot', reply = 'the run ended before an answer came', changed = ?1
WHERE state = 'started'
