-- Whom a person lets try again is tried as long as anybody.
UPDATE letter
SET state = :to, since = NULL, due = NULL, changed = :now
WHERE edition = :edition AND state = :from AND (:key IS NULL OR key = :key)
