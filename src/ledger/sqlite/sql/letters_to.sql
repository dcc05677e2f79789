-- Letters of an edition that are still to be sent to recipients of one domain, who may be written to.
SELECT count(*)
FROM letter
WHERE edition = :edition AND (state = 'pending' OR state = 'deferred')
  AND substr(key, instr(key, '@') + 1) = :domain
  AND NOT EXISTS (SELECT 1 FROM suppression WHERE suppression.key = letter.key)
