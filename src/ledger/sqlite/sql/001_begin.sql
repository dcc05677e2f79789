-- The first shape of the ledger. Times are milliseconds since 1970-01-01 UTC.
--
-- Where a row is put to a condition each time it changes, that is written with
-- OR: for IN, with more than two values, SQLite builds a table in each statement.

-- An edition that has begun: frozen, whole.
CREATE TABLE edition (
    number   INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    digest   TEXT    NOT NULL,
    audience TEXT,
    -- The moment of beginning, which is the Date of every letter (RFC 3339).
    date     TEXT    NOT NULL,
    -- The version of the program that froze it.
    program  TEXT    NOT NULL,
    -- No letter of it has a smaller number.
    first    INTEGER NOT NULL
) STRICT;

-- What the letters of an edition are made from, in each language.
CREATE TABLE version (
    edition  INTEGER NOT NULL REFERENCES edition (number),
    language TEXT    NOT NULL,
    frozen   BLOB    NOT NULL,
    PRIMARY KEY (edition, language)
) STRICT;

-- One letter to one person. Exactly one row for each (edition, address).
CREATE TABLE letter (
    number   INTEGER PRIMARY KEY,
    edition  INTEGER NOT NULL REFERENCES edition (number),
    -- The address in the form in which two spellings of one mailbox are the same.
    key      TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    name     TEXT,
    language TEXT,
    -- The row of the list: the file and the line.
    file     TEXT    NOT NULL,
    line     INTEGER NOT NULL,
    state    TEXT    NOT NULL DEFAULT 'pending'
             CHECK (state = 'pending' OR state = 'started' OR state = 'accepted' OR state = 'refused'
                 OR state = 'deferred' OR state = 'unknown' OR state = 'suppressed' OR state = 'cancelled'),
    -- How often its body has been started.
    attempts INTEGER NOT NULL DEFAULT 0,
    -- How often it was deferred.
    deferrals INTEGER NOT NULL DEFAULT 0,
    -- Since when it has been put off, and when it is tried again.
    since    INTEGER,
    due      INTEGER,
    -- Where the last attempt ended, what the server said, and when.
    stage    TEXT,
    reply    TEXT,
    changed  INTEGER NOT NULL,
    UNIQUE (edition, key)
) STRICT;

-- Of pending letters there is no index: every letter of a run would leave it, at
-- the price of a page in each commit. They are looked for from the edition's first on.
CREATE INDEX letter_deferred ON letter (edition, due) WHERE state = 'deferred';
CREATE INDEX letter_told ON letter (edition, number)
    WHERE state = 'started' OR state = 'refused' OR state = 'deferred' OR state = 'unknown';

-- The runs that have sent an edition. One without an end goes on, or was killed.
CREATE TABLE run (
    number   INTEGER PRIMARY KEY,
    edition  INTEGER NOT NULL REFERENCES edition (number),
    -- Who began it, and how; and the version of the program.
    by       TEXT    NOT NULL,
    program  TEXT    NOT NULL,
    began    INTEGER NOT NULL,
    ended    INTEGER,
    -- How many letters were accepted in it, why it ended, and what was said of that.
    accepted INTEGER,
    ending   TEXT,
    told     TEXT
) STRICT;

CREATE INDEX run_edition ON run (edition);

-- Those who must not be written to, whatever the lists say.
CREATE TABLE suppression (
    key    TEXT    PRIMARY KEY,
    reason TEXT    NOT NULL,
    since  INTEGER NOT NULL
) STRICT;

-- Editions that were not sent while they might have been: told once for each
-- digest. And other troubles of theirs: in the place of the digest, what and on which day.
CREATE TABLE missed (
    edition TEXT    NOT NULL,
    digest  TEXT    NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (edition, digest)
) STRICT;

-- How many letters went to a relay between two moments, for ceilings that
-- outlive a run. `relay` tells the account that they went by; `domain` is that
-- of their recipients where it has a ceiling of its own, and empty for all.
CREATE TABLE gone (
    relay  TEXT    NOT NULL,
    domain TEXT    NOT NULL,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (relay, domain, first)
) STRICT, WITHOUT ROWID;

-- What runs have learnt of a relay, each for a while. `about` is a domain or an
-- edition, where it is about one, and else empty.
CREATE TABLE learnt (
    relay TEXT    NOT NULL,
    what  TEXT    NOT NULL,
    about TEXT    NOT NULL,
    value INTEGER NOT NULL,
    -- The words that it was learnt from.
    told  TEXT    NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (relay, what, about)
) STRICT, WITHOUT ROWID;
