-- Among the letters that the next claim would take, those to people who must not be written to.
UPDATE letter
SET state = 'suppressed', changed = :now
WHERE number IN (
    SELECT letter.number
    FROM letter
    WHERE letter.edition = :edition AND letter.state = 'pending' AND letter.number > :after
      AND EXISTS (SELECT 1 FROM suppression WHERE suppression.key = letter.key)
)
