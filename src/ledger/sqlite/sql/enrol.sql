-- Everybody on the roll who isn't enrolled yet, in the order of the lists.
INSERT INTO letter (edition, key, address, name, language, file, line, changed)
SELECT :edition, key, address, name, language, file, line, :now
FROM temp.roll
WHERE NOT EXISTS (SELECT 1 FROM letter WHERE letter.edition = :edition AND letter.key = roll.key)
ORDER BY number
