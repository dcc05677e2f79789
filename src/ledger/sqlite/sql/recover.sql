-- Whatever was started and has no outcome was in flight when the last run ended.
-- The time stays that of the attempt: relays' logs are searched by it.
UPDATE letter
SET state = 'unknown', stage = 'dot', reply = 'the run ended before an answer came'
WHERE state = 'started'
