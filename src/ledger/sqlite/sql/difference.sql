SELECT
    (SELECT count(*) FROM temp.roll
     WHERE NOT EXISTS (SELECT 1 FROM letter WHERE letter.edition = :edition AND letter.key = roll.key)),
    (SELECT count(*) FROM letter
     WHERE edition = :edition AND state IN ('pending', 'deferred')
       AND NOT EXISTS (SELECT 1 FROM temp.roll WHERE roll.key = letter.key))
