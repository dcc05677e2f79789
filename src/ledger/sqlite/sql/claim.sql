SELECT number, key, address, name, language, file, line, attempts, deferrals, since
FROM letter
WHERE edition = :edition AND state = 'pending' AND number > :after
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.key = letter.key)
ORDER BY number
LIMIT :most
