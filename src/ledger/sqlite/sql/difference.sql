SELECT
    count(*) FILTER (WHERE is_new),
    count(*) FILTER (WHERE is_new AND is_suppressed),
    count(*) FILTER (WHERE NOT is_new AND is_suppressed),
    (SELECT count(*) FROM letter
     WHERE edition = :edition AND state IN ('pending', 'deferred')
       AND NOT EXISTS (SELECT 1 FROM temp.roll WHERE roll.key = letter.key))
FROM (
    SELECT
        (letter.number IS NULL OR letter.state = 'cancelled') AS is_new,
        EXISTS (SELECT 1 FROM suppression WHERE suppression.key = roll.key) AS is_suppressed
    FROM temp.roll
    LEFT JOIN letter ON letter.edition = :edition AND letter.key = roll.key
    WHERE letter.number IS NULL
       OR letter.state IN ('pending', 'deferred')
       -- Who was gone from the lists and is back: see gone.sql.
       OR (letter.state = 'cancelled' AND letter.reply = 'no longer on a list')
)
