-- Deferred letters whose time has come.
UPDATE letter
SET state = 'pending', due = NULL, changed = :now
WHERE edition = :edition AND state = 'deferred' AND due <= :now
