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
CREATE INDEX message_by_day ON message (day, store);

CREATE TRIGGER message_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM message_opt WHERE customer = NEW.id;
    UPDATE message SET state = 'held', reason = 'erased'
        WHERE customer = NEW.id AND state = 'queued';
    UPDATE message SET gateway = NULL WHERE customer = NEW.id;
END;
-- End of messages.

-- VIPs: get-togethers, umbrellas on loan, campaigns, gifts, benefits, rewards, wishes, stalls, plans.
CREATE TABLE vip_event (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    store  BLOB    NOT NULL REFERENCES store (id),
    day    INTEGER NOT NULL,
    theme  TEXT    NOT NULL,
    guests INTEGER
) STRICT;
CREATE INDEX vip_event_by_store ON vip_event (store, day);

CREATE TABLE umbrella (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    store    BLOB    NOT NULL REFERENCES store (id),
    umbrella TEXT    NOT NULL,
    customer BLOB REFERENCES customer (id),
    deposit  INTEGER NOT NULL,
    out_day  INTEGER NOT NULL,
    back_day INTEGER
) STRICT;
CREATE UNIQUE INDEX umbrella_out ON umbrella (store, umbrella) WHERE back_day IS NULL;

CREATE TABLE campaign (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT    NOT NULL,
    from_day  INTEGER NOT NULL,
    until_day INTEGER NOT NULL
) STRICT;

CREATE TABLE campaign_store (
    campaign INTEGER NOT NULL REFERENCES campaign (id),
    store    BLOB    NOT NULL REFERENCES store (id),
    PRIMARY KEY (campaign, store)
) STRICT, WITHOUT ROWID;

CREATE TABLE campaign_day (
    campaign INTEGER NOT NULL REFERENCES campaign (id),
    day      INTEGER NOT NULL,
    shown    INTEGER NOT NULL,
    clicked  INTEGER NOT NULL,
    PRIMARY KEY (campaign, day)
) STRICT, WITHOUT ROWID;

-- `on_day` is a holiday's word or MM-DD.
CREATE TABLE gift (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    on_day TEXT NOT NULL,
    zh     TEXT NOT NULL,
    en     TEXT NOT NULL
) STRICT;

CREATE TABLE gift_given (
    gift     INTEGER NOT NULL REFERENCES gift (id),
    customer BLOB    NOT NULL REFERENCES customer (id),
    store    BLOB    NOT NULL REFERENCES store (id),
    day      INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    PRIMARY KEY (gift, customer, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE benefit (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    goods     TEXT    NOT NULL,
    zh        TEXT    NOT NULL,
    en        TEXT    NOT NULL,
    from_day  INTEGER NOT NULL,
    until_day INTEGER NOT NULL
) STRICT;

CREATE TABLE benefit_given (
    benefit  INTEGER NOT NULL REFERENCES benefit (id),
    customer BLOB    NOT NULL REFERENCES customer (id),
    day      INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    PRIMARY KEY (benefit, customer)
) STRICT, WITHOUT ROWID;

CREATE TABLE reward (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    type      TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    from_day  INTEGER NOT NULL,
    until_day INTEGER NOT NULL
) STRICT;

CREATE TABLE reward_given (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    reward   INTEGER NOT NULL REFERENCES reward (id),
    customer BLOB    NOT NULL REFERENCES customer (id),
    store    BLOB REFERENCES store (id),
    day      INTEGER NOT NULL,
    task     INTEGER REFERENCES task (id)
) STRICT;
CREATE INDEX reward_given_by_reward ON reward_given (reward, day);
CREATE INDEX reward_given_by_task ON reward_given (task) WHERE task IS NOT NULL;

CREATE TABLE wish_decision (
    feedback    INTEGER PRIMARY KEY REFERENCES feedback (id),
    suits       INTEGER NOT NULL,
    feasible    INTEGER NOT NULL,
    no_conflict INTEGER NOT NULL,
    does        INTEGER NOT NULL,
    why         TEXT    NOT NULL,
    by          TEXT    NOT NULL,
    at_ms       INTEGER NOT NULL,
    CHECK (NOT does OR (suits AND feasible AND no_conflict))
) STRICT;

CREATE TABLE fair (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    tag       TEXT    NOT NULL,
    store     BLOB    NOT NULL REFERENCES store (id),
    till      TEXT,
    from_day  INTEGER NOT NULL,
    until_day INTEGER NOT NULL
) STRICT;
CREATE INDEX fair_by_store ON fair (store, from_day);

CREATE TABLE plan_measure (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    plan  TEXT NOT NULL,
    angle TEXT NOT NULL,
    text  TEXT NOT NULL,
    UNIQUE (plan, angle, text)
) STRICT;

CREATE TRIGGER vip_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    UPDATE umbrella SET customer = NULL WHERE customer = NEW.id;
    DELETE FROM gift_given WHERE customer = NEW.id;
    DELETE FROM benefit_given WHERE customer = NEW.id;
    DELETE FROM reward_given WHERE customer = NEW.id;
END;
-- End of VIPs.

PRAGMA user_version = 5;
COMMIT;
