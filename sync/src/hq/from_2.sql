-- What layout 3 has and layout 2 had not. A step forward only.
BEGIN;

CREATE TABLE release_key (
    terminal BLOB PRIMARY KEY REFERENCES terminal (id),
    wrapped  BLOB    NOT NULL,
    made_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE release_asked (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    terminal BLOB    NOT NULL REFERENCES terminal (id),
    nonce    BLOB    NOT NULL,
    asked_ms INTEGER NOT NULL,
    answer   TEXT    NOT NULL CHECK (answer IN ('made', 'given', 'revoked', 'frozen', 'none')),
    UNIQUE (terminal, nonce)
) STRICT;

PRAGMA user_version = 3;
COMMIT;
