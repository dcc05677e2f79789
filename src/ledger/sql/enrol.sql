INSERT INTO letter (edition, key, address, name, language, file, line, changed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (edition, key) DO NOTHING
