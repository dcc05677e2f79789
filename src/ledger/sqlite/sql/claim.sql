SELECT number, key, address, name, language, file, line, attempts, deferrals, since
FROM letter
WHERE +edition = :edition AND state = 'pending' -- by number: there is no index
  AND number > max(:after, (SELECT first - 1 FROM edition WHERE number = :edition))
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.key = letter.key)
ORDER BY number
LIMIT :most
