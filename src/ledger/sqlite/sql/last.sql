-- The last edition before :edition (or of all, where that one has not begun)
-- that anybody has got or may still get; one for the same people comes first.
SELECT id, digest, audience, date, program, number
FROM edition
WHERE id <> :edition
  AND number < coalesce((SELECT number FROM edition WHERE id = :edition), 9223372036854775807)
  AND EXISTS (
      SELECT 1 FROM letter
      WHERE letter.edition = edition.number
        AND letter.state NOT IN ('refused', 'suppressed', 'cancelled')
  )
ORDER BY (audience IS :audience) DESC, number DESC
LIMIT 1
