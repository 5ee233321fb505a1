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

-- Backup: the public half of the recovery key, to which a backup's keys are sealed.
CREATE TABLE recovery (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    key_id  INTEGER NOT NULL,
    key     BLOB    NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;

-- Import: each list that was brought in. What it said lies under its own negative stream, so that a
-- till's word stands over any list's, and a later list's over an earlier one's.
CREATE TABLE import (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT    NOT NULL CHECK (kind IN ('members', 'staff', 'stores', 'styles', 'sales')),
    name      TEXT    NOT NULL,
    begun_ms  INTEGER NOT NULL,
    done_ms   INTEGER,
    undone_ms INTEGER,
    added     INTEGER NOT NULL DEFAULT 0,
    changed   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What a list says of a member, closed under her key; it goes with her file, whoever erases her.
CREATE TABLE import_fact (
    customer BLOB    NOT NULL REFERENCES customer (id),
    field    TEXT    NOT NULL,
    import   INTEGER NOT NULL REFERENCES import (id),
    line     INTEGER NOT NULL,
    value    BLOB    NOT NULL,
    PRIMARY KEY (customer, field, import)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_fact_by_import ON import_fact (import);

-- Where a member's consent came from. Without proof a consent to marketing is kept here and counts
-- for nothing.
CREATE TABLE import_consent (
    customer     BLOB    NOT NULL REFERENCES customer (id),
    purpose      TEXT    NOT NULL,
    import       INTEGER NOT NULL REFERENCES import (id),
    line         INTEGER NOT NULL,
    given        INTEGER NOT NULL,
    source       TEXT,
    day          INTEGER,
    text_version TEXT,
    proof        TEXT,
    counts       INTEGER NOT NULL,
    PRIMARY KEY (customer, purpose, import)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_consent_by_import ON import_consent (import);

CREATE TRIGGER import_erased AFTER UPDATE OF identity ON customer WHEN new.identity IS NULL BEGIN
    DELETE FROM import_fact WHERE customer = new.id;
    DELETE FROM import_consent WHERE customer = new.id;
    UPDATE import_staff SET customer = NULL WHERE customer = new.id;
END;

-- Of each of these the row of the newest list stands.
CREATE TABLE import_staff (
    code     TEXT    NOT NULL,
    import   INTEGER NOT NULL REFERENCES import (id),
    line     INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    store    TEXT,
    role     TEXT,
    customer BLOB REFERENCES customer (id),
    PRIMARY KEY (code, import)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_store (
    name          TEXT    NOT NULL,
    import        INTEGER NOT NULL REFERENCES import (id),
    line          INTEGER NOT NULL,
    code          TEXT,
    region        TEXT,
    city          TEXT,
    address       TEXT,
    opened_day    INTEGER,
    store_phone   TEXT,
    service_phone TEXT,
    PRIMARY KEY (name, import)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_style (
    code     TEXT    NOT NULL,
    import   INTEGER NOT NULL REFERENCES import (id),
    line     INTEGER NOT NULL,
    name     TEXT,
    category TEXT,
    fibre    TEXT,
    care     TEXT,
    season   TEXT,
    PRIMARY KEY (code, import)
) STRICT, WITHOUT ROWID;

-- The first sale that a till itself sent from a store, in seconds on the shop's clock: an imported sale
-- counts only before it.
CREATE TABLE sale_cut_off (
    store BLOB    PRIMARY KEY REFERENCES store (id),
    at_s  INTEGER NOT NULL
) STRICT;

-- Who refers to a customer is looked up when a file goes.
CREATE INDEX consent_by_customer ON consent (customer);
CREATE INDEX remark_by_customer ON remark (customer) WHERE customer IS NOT NULL;
CREATE INDEX sale_by_own_customer ON sale (own_customer) WHERE own_customer IS NOT NULL;
CREATE INDEX customer_store_by_customer ON customer_store (customer);
CREATE INDEX import_staff_by_customer ON import_staff (customer) WHERE customer IS NOT NULL;

-- A till's clock that says long before it was enrolled is off, and moves nothing.
INSERT INTO sale_cut_off (store, at_s)
    SELECT s.store, min(coalesce(s.printed_at, s.wall_ms / 1000))
    FROM sale s JOIN stream m ON m.id = s.stream JOIN terminal t ON t.id = m.terminal
    WHERE coalesce(s.printed_at, s.wall_ms / 1000) >= t.enrolled_ms / 1000 - 7776000
    GROUP BY s.store;

-- Arrivals: the days on which a store's own tills sold, so that its usual weekdays are known.
CREATE TABLE store_day (
    store BLOB    NOT NULL REFERENCES store (id),
    day   INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;

INSERT INTO store_day (store, day) SELECT DISTINCT store, day FROM sale;

PRAGMA user_version = 4;
COMMIT;
