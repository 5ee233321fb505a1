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

-- Pages: who may log in, what was looked at, and sums that pages show. See `user`, `audit`, `summary`.
-- `totp` is closed under the master key; `password` is Argon2id in PHC form.
CREATE TABLE user (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT    NOT NULL UNIQUE,
    role      TEXT    NOT NULL CHECK (role IN ('hq', 'region', 'store')),
    region    TEXT,
    password  TEXT    NOT NULL,
    totp      BLOB,
    totp_step INTEGER NOT NULL DEFAULT 0,
    language  TEXT    NOT NULL CHECK (language IN ('zh', 'en')),
    disabled  INTEGER NOT NULL DEFAULT 0,
    made_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE user_store (
    user  INTEGER NOT NULL REFERENCES user (id),
    store BLOB    NOT NULL REFERENCES store (id),
    PRIMARY KEY (user, store)
) STRICT, WITHOUT ROWID;

-- `token` is a hash: who reads this table is nobody's guest.
CREATE TABLE session (
    token   BLOB PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES user (id),
    made_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user);

-- Looks at clear numbers, exports, log-ins. Each row's `hash` covers the row before it.
CREATE TABLE audit (
    n     INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who   TEXT    NOT NULL,
    what  TEXT    NOT NULL,
    about TEXT    NOT NULL,
    why   TEXT    NOT NULL,
    hash  BLOB    NOT NULL
) STRICT;

-- What a person at HQ or in a store wrote into her file; `value` is closed under her key.
CREATE TABLE file_entry (
    customer BLOB    NOT NULL REFERENCES customer (id),
    field    TEXT    NOT NULL,
    value    BLOB    NOT NULL,
    author   TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (customer, field)
) STRICT, WITHOUT ROWID;

-- Keyed hashes of last four digits, so that a person is found by them without opening every file.
CREATE TABLE tail (
    tail     BLOB NOT NULL,
    customer BLOB NOT NULL REFERENCES customer (id),
    PRIMARY KEY (tail, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX tail_by_customer ON tail (customer);

-- One row a person (by the number that she is found under), computed anew when something of hers
-- changed and each night. `recent` and `before`: days on which she bought within the last 90 days
-- and within the 90 before; `year_*` within the last 365. `hard`, `soft`: fields filled.
CREATE TABLE person (
    customer   BLOB    PRIMARY KEY REFERENCES customer (id),
    spend      INTEGER NOT NULL,
    sales      INTEGER NOT NULL,
    first_day  INTEGER,
    last_day   INTEGER,
    tier       TEXT,
    year_net   INTEGER NOT NULL,
    year_sales INTEGER NOT NULL,
    recent     INTEGER NOT NULL,
    before     INTEGER NOT NULL,
    hard       INTEGER NOT NULL,
    soft       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_by_spend ON person (spend, customer);

CREATE TABLE person_store (
    store    BLOB    NOT NULL REFERENCES store (id),
    customer BLOB    NOT NULL REFERENCES customer (id),
    net      INTEGER NOT NULL,
    sales    INTEGER NOT NULL,
    last_day INTEGER,
    PRIMARY KEY (store, customer)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_store_by_net ON person_store (store, net, customer);
CREATE INDEX person_store_by_customer ON person_store (customer);

CREATE TABLE day_sum (
    day          INTEGER NOT NULL,
    store        BLOB    NOT NULL REFERENCES store (id),
    terminal     BLOB    NOT NULL REFERENCES terminal (id),
    sales        INTEGER NOT NULL,
    returns      INTEGER NOT NULL,
    net          INTEGER NOT NULL,
    given        INTEGER NOT NULL,
    refused      INTEGER NOT NULL,
    not_asked    INTEGER NOT NULL,
    disputed     INTEGER NOT NULL,
    member_sales INTEGER NOT NULL,
    member_net   INTEGER NOT NULL,
    PRIMARY KEY (day, store, terminal)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_sum_by_store ON day_sum (store, day);

CREATE TABLE day_staff (
    store     BLOB    NOT NULL REFERENCES store (id),
    day       INTEGER NOT NULL,
    cashier   TEXT    NOT NULL,
    sales     INTEGER NOT NULL,
    given     INTEGER NOT NULL,
    refused   INTEGER NOT NULL,
    not_asked INTEGER NOT NULL,
    PRIMARY KEY (store, day, cashier)
) STRICT, WITHOUT ROWID;

CREATE TABLE figure (
    name  TEXT PRIMARY KEY,
    day   INTEGER NOT NULL,
    value TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- What has to be summed anew, and how far the nightly walk over all persons has come.
CREATE TABLE due_person (customer BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE due_day (
    store BLOB    NOT NULL,
    day   INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE walk (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    day    INTEGER NOT NULL,
    after  BLOB,
    stale  INTEGER NOT NULL DEFAULT 0
) STRICT;

DROP INDEX sale_by_day;
CREATE INDEX sale_by_day ON sale (day, wall_ms, total);
CREATE INDEX sale_by_store ON sale (store, day, wall_ms);
CREATE INDEX missing_by_day ON missing (day, stream, seq);

CREATE TRIGGER sale_came AFTER INSERT ON sale BEGIN
    INSERT INTO due_day VALUES (NEW.store, NEW.day) ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT NEW.customer WHERE NEW.customer IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER sale_changed AFTER UPDATE ON sale BEGIN
    INSERT INTO due_day VALUES (NEW.store, NEW.day) ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT OLD.customer WHERE OLD.customer IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT NEW.customer WHERE NEW.customer IS NOT NULL ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER customer_came AFTER INSERT ON customer BEGIN
    INSERT INTO due_person VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER customer_changed AFTER UPDATE ON customer BEGIN
    INSERT INTO due_person VALUES (NEW.id) ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT OLD.root WHERE OLD.root IS NOT NULL ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT NEW.root WHERE NEW.root IS NOT NULL ON CONFLICT DO NOTHING;
END;
-- Erased is erased at once, whoever erases.
CREATE TRIGGER customer_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM file_entry WHERE customer = NEW.id;
    DELETE FROM tail WHERE customer = NEW.id;
    DELETE FROM person WHERE customer = NEW.id;
    DELETE FROM person_store WHERE customer = NEW.id;
END;
CREATE TRIGGER fact_came AFTER INSERT ON fact BEGIN
    INSERT INTO due_person VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER fact_changed AFTER UPDATE ON fact BEGIN
    INSERT INTO due_person VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER entry_came AFTER INSERT ON file_entry BEGIN
    INSERT INTO due_person VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER staff_came AFTER INSERT ON staff BEGIN
    INSERT INTO due_person VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
-- End of what the pages need.

INSERT INTO due_person SELECT id FROM customer;
INSERT INTO due_day SELECT DISTINCT store, day FROM sale;

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
