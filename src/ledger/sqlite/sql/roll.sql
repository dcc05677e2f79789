-- Whom the lists name now. Kept beside the ledger by SQLite, for one run.
CREATE TEMP TABLE IF NOT EXISTS roll (
    number   INTEGER PRIMARY KEY,
    key      TEXT    NOT NULL UNIQUE,
    address  TEXT    NOT NULL,
    name     TEXT,
    language TEXT,
    file     TEXT    NOT NULL,
    line     INTEGER NOT NULL
) STRICT;
DELETE FROM temp.roll;
