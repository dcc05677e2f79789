-- As claim.sql, for the recipients of one domain, or of all but some: never
-- further than `:upto`, so that a rare domain keeps nobody who writes waiting.
SELECT number, key, address, name, language, file, line, attempts, deferrals, since
FROM letter
WHERE +edition = :edition AND state = 'pending' AND number > :after AND number <= :upto
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.key = letter.key)
  AND (substr(key, instr(key, '@') + 1) IN (SELECT value FROM json_each(:domains))) = :within
ORDER BY number
LIMIT :most
