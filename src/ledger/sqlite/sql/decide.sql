UPDATE letter
SET state = :to, due = NULL, changed = :now
WHERE edition = :edition AND state = :from AND (:key IS NULL OR key = :key)
