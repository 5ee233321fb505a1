-- What layout 4 has and layout 3 had not. A step forward only.
BEGIN;

-- The desk: tasks for people, complaints, win-back. What is said of a customer is closed under her key.

-- The chain's own rules, laid over the shipped ones.
CREATE TABLE desk_rules (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    text TEXT NOT NULL
) STRICT;

-- Customers whose facts changed since their tasks were planned.
CREATE TABLE desk_dirty (
    customer BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- She asked to be left alone.
CREATE TABLE desk_left_alone (
    customer BLOB PRIMARY KEY REFERENCES customer (id),
    day      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE region (
    store BLOB PRIMARY KEY REFERENCES store (id),
    name  TEXT NOT NULL
) STRICT;

-- `scope` is who does it: the store, else its region, else the company.
CREATE TABLE task (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    customer   BLOB    NOT NULL REFERENCES customer (id),
    store      BLOB REFERENCES store (id),
    scope      TEXT    NOT NULL CHECK (scope IN ('store', 'region', 'company')),
    kind       TEXT    NOT NULL,
    due        INTEGER NOT NULL,
    at         INTEGER,
    assignee   TEXT,
    about      TEXT,
    made_day   INTEGER NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'done', 'cancelled')),
    outcome    TEXT,
    reason     TEXT,
    closed_day INTEGER,
    closed_by  TEXT
) STRICT;
CREATE INDEX task_open ON task (store, due) WHERE state = 'open';
CREATE INDEX task_by_customer ON task (customer);
CREATE INDEX task_by_closing ON task (closed_day) WHERE closed_day IS NOT NULL;

-- What fired: once, ever. Without a task the caps kept it back.
CREATE TABLE task_cause (
    customer BLOB    NOT NULL REFERENCES customer (id),
    rule     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    task     INTEGER REFERENCES task (id),
    day      INTEGER NOT NULL,
    stands   INTEGER NOT NULL,
    PRIMARY KEY (customer, rule, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX task_cause_by_task ON task_cause (task);

CREATE TABLE task_style (
    task  INTEGER NOT NULL REFERENCES task (id),
    style TEXT    NOT NULL,
    PRIMARY KEY (task, style)
) STRICT, WITHOUT ROWID;

-- Her answers by style, for HQ's buyers; her words are closed under her key.
CREATE TABLE style_answer (
    stream      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    style       TEXT    NOT NULL,
    task        INTEGER NOT NULL,
    likes       INTEGER,
    comfortable INTEGER,
    washing     INTEGER,
    words       BLOB,
    PRIMARY KEY (stream, seq, style)
) STRICT, WITHOUT ROWID;
CREATE INDEX style_answer_by_style ON style_answer (style);

-- A matter for the region or the company, a question, a wish: answered by the side it was routed to.
CREATE TABLE feedback (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer    BLOB REFERENCES customer (id),
    store       BLOB REFERENCES store (id),
    task        INTEGER REFERENCES task (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('question', 'suggestion', 'wish')),
    scope       TEXT    NOT NULL CHECK (scope IN ('store', 'region', 'company')),
    misrouted   INTEGER NOT NULL DEFAULT 0,
    opened_ms   INTEGER NOT NULL,
    answered_ms INTEGER,
    text        BLOB
) STRICT;
CREATE INDEX feedback_open ON feedback (scope) WHERE answered_ms IS NULL;

-- A complaint led through its nine steps; what was said is closed under her key where she is known.
CREATE TABLE complaint (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    customer  BLOB REFERENCES customer (id),
    store     BLOB REFERENCES store (id),
    scope     TEXT    NOT NULL CHECK (scope IN ('store', 'region', 'company')),
    misrouted INTEGER NOT NULL DEFAULT 0,
    opened_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    state     TEXT    NOT NULL CHECK (state IN ('open', 'closed')),
    last      TEXT,
    reopened  INTEGER NOT NULL DEFAULT 0,
    satisfied INTEGER
) STRICT;
CREATE INDEX complaint_by_customer ON complaint (customer) WHERE customer IS NOT NULL;
CREATE INDEX complaint_open ON complaint (store) WHERE state = 'open';

-- `apology` is a keyed hash: the same words twice are a stock phrase.
CREATE TABLE complaint_step (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    complaint INTEGER NOT NULL REFERENCES complaint (id),
    step      TEXT    NOT NULL,
    at_ms     INTEGER NOT NULL,
    done_by   TEXT    NOT NULL,
    text      BLOB,
    reason    TEXT,
    verified  INTEGER,
    owner     TEXT,
    by_day    INTEGER,
    apology   BLOB
) STRICT;
CREATE INDEX complaint_step_by_case ON complaint_step (complaint);
CREATE INDEX complaint_step_by_apology ON complaint_step (apology) WHERE apology IS NOT NULL;

-- What she asked for, and who granted or refused it, and why.
CREATE TABLE complaint_request (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    complaint INTEGER NOT NULL REFERENCES complaint (id),
    granted   INTEGER NOT NULL,
    approver  TEXT    NOT NULL,
    what      BLOB,
    reason    BLOB
) STRICT;

-- Who was drawn for winning back: called by a task, or left alone without one.
CREATE TABLE win_back (
    customer BLOB    NOT NULL REFERENCES customer (id),
    day      INTEGER NOT NULL,
    store    BLOB    NOT NULL REFERENCES store (id),
    task     INTEGER REFERENCES task (id),
    last_day INTEGER NOT NULL,
    PRIMARY KEY (customer, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX win_back_by_day ON win_back (day);

-- What is done about a reason why customers leave: for today, and for the root.
CREATE TABLE cure (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    reason TEXT    NOT NULL,
    cure   TEXT    NOT NULL CHECK (cure IN ('emergency', 'long_term')),
    tag    TEXT    NOT NULL,
    text   TEXT    NOT NULL,
    day    INTEGER NOT NULL
) STRICT;

ALTER TABLE outcome ADD COLUMN likes INTEGER;
ALTER TABLE outcome ADD COLUMN comfortable INTEGER;
ALTER TABLE outcome ADD COLUMN washing INTEGER;
ALTER TABLE outcome ADD COLUMN next INTEGER;
ALTER TABLE outcome ADD COLUMN done_by TEXT;
ALTER TABLE outcome ADD COLUMN reason TEXT;
ALTER TABLE outcome ADD COLUMN note BLOB;
ALTER TABLE outcome ADD COLUMN wall_ms INTEGER NOT NULL DEFAULT 0;

-- Everybody's tasks are planned once.
INSERT INTO desk_dirty SELECT id FROM customer WHERE root IS NULL AND identity IS NOT NULL;

PRAGMA user_version = 4;
COMMIT;
