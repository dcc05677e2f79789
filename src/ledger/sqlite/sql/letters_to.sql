-- Letters of an edition that are still to be sent to recipients of one domain.
SELECT count(*)
FROM letter
WHERE edition = :edition AND (state = 'pending' OR state = 'deferred')
  AND substr(key, instr(key, '@') + 1) = :domain
