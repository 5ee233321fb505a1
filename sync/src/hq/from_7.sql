-- From layout 7 to 8.
BEGIN;

-- Up to where a person has decided about what was set aside of an epoch: its till waits for no more of it.
CREATE TABLE decided (
    terminal BLOB    NOT NULL REFERENCES terminal (id),
    epoch    BLOB    NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (terminal, epoch)
) WITHOUT ROWID, STRICT;

-- She asked at a till to be forgotten: a person does it, or notes that she thought better of it.
CREATE TABLE erasure_request (
    stream    INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    customer  BLOB    NOT NULL REFERENCES customer (id),
    store     BLOB    NOT NULL REFERENCES store (id),
    said_ms   INTEGER NOT NULL,
    by        TEXT,
    closed_ms INTEGER,
    PRIMARY KEY (stream, seq)
) WITHOUT ROWID, STRICT;
CREATE INDEX erasure_request_open ON erasure_request (customer) WHERE closed_ms IS NULL;
CREATE TRIGGER erasure_request_done AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM erasure_request WHERE customer = NEW.id;
END;

PRAGMA user_version = 8;
COMMIT;
