-- From layout 4 to 5.
BEGIN;

-- Messages: texts with their versions and reviewers, who opted in or out at HQ, the weather as stores
-- said it, and each message with what became of it. No filled text and no number is kept.
CREATE TABLE message_settings (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    text TEXT NOT NULL
) STRICT;

CREATE TABLE message_text (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL,
    language      TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    occasion      TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    text          TEXT    NOT NULL,
    theme         TEXT,
    from_day      INTEGER,
    until_day     INTEGER,
    author        TEXT    NOT NULL,
    made_ms       INTEGER NOT NULL,
    objections    TEXT,
    overruled_by  TEXT,
    overruled_why TEXT,
    reviewer      TEXT,
    reviewed_ms   INTEGER,
    UNIQUE (kind, language, occasion, version),
    CHECK (objections IS NULL OR (overruled_by IS NOT NULL AND overruled_why IS NOT NULL))
) STRICT;

CREATE TABLE message_opt (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    customer BLOB    NOT NULL REFERENCES customer (id),
    stream   TEXT    NOT NULL CHECK (stream IN ('care', 'information', 'marketing')),
    theme    TEXT,
    given    INTEGER NOT NULL,
    at_ms    INTEGER NOT NULL,
    proof    TEXT,
    by       TEXT    NOT NULL,
    CHECK (NOT given OR proof IS NOT NULL)
) STRICT;
CREATE INDEX message_opt_by_customer ON message_opt (customer);

CREATE TABLE weather (
    store BLOB    NOT NULL REFERENCES store (id),
    day   INTEGER NOT NULL,
    rains INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;

-- `sending` is marked and not settled; what a crash leaves so becomes `unknown` and is not sent again.
CREATE TABLE message (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer    BLOB    NOT NULL REFERENCES customer (id),
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    text        INTEGER REFERENCES message_text (id),
    store       BLOB REFERENCES store (id),
    day         INTEGER NOT NULL,
    from_minute INTEGER NOT NULL,
    sender      TEXT,
    outlet      TEXT CHECK (outlet IN ('task', 'csv', 'webhook', 'sms')),
    key         BLOB    NOT NULL,
    state       TEXT    NOT NULL
        CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'held')),
    reason      TEXT,
    task        INTEGER REFERENCES task (id),
    tries       INTEGER NOT NULL DEFAULT 0,
    next_ms     INTEGER NOT NULL DEFAULT 0,
    made_ms     INTEGER NOT NULL,
    marked_ms   INTEGER,
    settled_ms  INTEGER,
    gateway     TEXT,
    delivered   INTEGER,
    UNIQUE (customer, kind, subject),
    CHECK (state IN ('queued', 'sending', 'sent') OR reason IS NOT NULL)
) STRICT;
CREATE INDEX message_queued ON message (outlet, kind, day) WHERE state = 'queued';
CREATE INDEX message_by_task ON message (task) WHERE task IS NOT NULL;
CREATE INDEX message_by_day ON message (day);

CREATE TRIGGER message_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM message_opt WHERE customer = NEW.id;
    UPDATE message SET state = 'held', reason = 'erased'
        WHERE customer = NEW.id AND state = 'queued';
    UPDATE message SET gateway = NULL WHERE customer = NEW.id;
END;
-- End of messages.

PRAGMA user_version = 5;
COMMIT;
