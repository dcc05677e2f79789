SELECT number
FROM letter
WHERE +edition = :edition AND state = 'pending' -- by number: there is no index
  AND number > max(:upto, (SELECT first - 1 FROM edition WHERE number = :edition))
ORDER BY number
LIMIT 1
