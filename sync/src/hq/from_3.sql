-- What layout 4 has and layout 3 had not.
BEGIN;

-- What a till's stream names by number, as it told it: CBOR items.
CREATE TABLE word (
    stream INTEGER NOT NULL,
    number INTEGER NOT NULL,
    word   BLOB    NOT NULL,
    PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;

-- What a store's sales repeat (goods and staff, never a customer); worth a number, it goes down with the
-- version `n`.
CREATE TABLE store_word (
    store BLOB    NOT NULL REFERENCES store (id),
    word  BLOB    NOT NULL,
    count INTEGER NOT NULL,
    n     INTEGER UNIQUE,
    PRIMARY KEY (store, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX store_word_by_n ON store_word (store, n) WHERE n IS NOT NULL;
CREATE INDEX store_word_worth ON store_word (store, count) WHERE n IS NULL;

-- Who was forgotten, when and on whose word; what that destroyed is in the certificate, signed by HQ.
CREATE TABLE erasure (
    id          BLOB PRIMARY KEY,
    at_ms       INTEGER NOT NULL,
    by          TEXT    NOT NULL,
    certificate BLOB    NOT NULL
) STRICT;

CREATE TABLE erased (
    customer BLOB PRIMARY KEY REFERENCES customer (id),
    erasure  BLOB REFERENCES erasure (id)
) STRICT;

-- Which till has said that it forgot her.
CREATE TABLE erased_at (
    customer BLOB    NOT NULL REFERENCES customer (id),
    terminal BLOB    NOT NULL REFERENCES terminal (id),
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    wall_ms  INTEGER NOT NULL,
    PRIMARY KEY (customer, terminal)
) STRICT, WITHOUT ROWID;

-- Who was erased before there were certificates.
INSERT INTO erased (customer) SELECT id FROM customer WHERE identity IS NULL;

PRAGMA user_version = 4;
COMMIT;
