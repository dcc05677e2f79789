-- Deferred letters whose time has come. What was written in the future, an hour
-- ahead and more, was written by a clock that has been set right since: its time
-- is not believed.
UPDATE letter
SET state = 'pending', since = min(since, :now), due = NULL, changed = :now
WHERE edition = :edition AND state = 'deferred' AND (due <= :now OR changed > :now + 3600000)
