-- From layout 4 to 5.
BEGIN;

-- What every till was told of each style; one without words is known no more.
CREATE TABLE style (
    code     TEXT    PRIMARY KEY,
    n        INTEGER NOT NULL,
    category TEXT,
    fibre    TEXT,
    care     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX style_by_n ON style (n);
-- A fork is an epoch's, and no longer stops the till: it goes on in another.
ALTER TABLE stream ADD COLUMN fork_at INTEGER;
-- How long the cashier took over the number (S98).
ALTER TABLE sale ADD COLUMN typing_ds INTEGER;
UPDATE stream SET fork_at = (SELECT fork_at FROM terminal WHERE id = terminal)
    WHERE terminal IN (SELECT id FROM terminal WHERE status = 'frozen');
UPDATE terminal SET status = 'active' WHERE status = 'frozen';

INSERT INTO style (code, n, category, fibre, care)
    SELECT code, (SELECT care_n FROM hq) + row_number() OVER (ORDER BY code), category, fibre, care
    FROM (SELECT code, category, fibre, care, max(import) FROM import_style GROUP BY code);
UPDATE hq SET care_n = care_n + (SELECT count(*) FROM style);
-- Nights that compute only those whom the day has reached.
ALTER TABLE person ADD COLUMN next_day INTEGER NOT NULL DEFAULT 0;
CREATE INDEX person_by_next_day ON person (next_day);
DELETE FROM walk;
DROP INDEX sale_by_original;
CREATE INDEX sale_by_original ON sale (original_stream, original_seq)
    WHERE original_stream IS NOT NULL;
DROP INDEX sale_by_customer;
CREATE INDEX sale_by_customer ON sale (customer, day, wall_ms, store, kind, counts, total)
    WHERE customer IS NOT NULL;
-- Another policy stands from the next night on, for everybody.
CREATE TRIGGER policy_changed AFTER UPDATE OF policy ON hq BEGIN
    UPDATE person SET next_day = 0;
    DELETE FROM walk;
END;
-- Figures: what numbers, classes and staff figures are counted from. See `figures`.

-- The chain's own figures' rules, laid over the shipped ones.
CREATE TABLE figure_rules (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    text TEXT NOT NULL
) STRICT;

-- One row a person (by the number that she is found under), made anew when something of hers changed.
-- `days` are her days, packed; `step` 1 met, 2 bought, 3 in touch since; `signs` of loyalty as bits;
-- `changes_on` is the next day on which time alone changes her class or RFM cell.
CREATE TABLE figure_person (
    customer    BLOB    PRIMARY KEY REFERENCES customer (id) ON DELETE CASCADE,
    known_day   INTEGER NOT NULL,
    interested  INTEGER,
    referred    INTEGER,
    days        BLOB    NOT NULL,
    last_day    INTEGER,
    visits      INTEGER NOT NULL,
    net         INTEGER NOT NULL,
    home        BLOB,
    reg_day     INTEGER,
    reg_store   BLOB,
    reg_staff   TEXT,
    valid       INTEGER NOT NULL,
    trusting    INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    signs       INTEGER NOT NULL,
    rfm         INTEGER,
    class       TEXT    NOT NULL,
    class_since INTEGER NOT NULL,
    changes_on  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX figure_person_by_class ON figure_person (class, net);
CREATE INDEX figure_person_by_change ON figure_person (changes_on) WHERE changes_on IS NOT NULL;
CREATE INDEX figure_person_by_file ON figure_person (reg_day) WHERE reg_day IS NOT NULL;

-- Moves between the five stages in a month (months since year 0), as JSON.
CREATE TABLE stage_month (
    month INTEGER PRIMARY KEY,
    moves TEXT    NOT NULL
) STRICT;

-- Who worked where on which day, as receipts name cashier and associate.
CREATE TABLE staff_day (
    store BLOB    NOT NULL,
    day   INTEGER NOT NULL,
    staff TEXT    NOT NULL,
    sales INTEGER NOT NULL,
    PRIMARY KEY (store, day, staff)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_day_by_staff ON staff_day (store, staff, day);

CREATE TABLE staff_left (
    store BLOB    NOT NULL,
    staff TEXT    NOT NULL,
    day   INTEGER NOT NULL,
    by    TEXT    NOT NULL,
    PRIMARY KEY (store, staff)
) STRICT, WITHOUT ROWID;

-- Who looks after her: the closest, and for a member of a tier a second one.
CREATE TABLE looks_after (
    customer BLOB    NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    place    INTEGER NOT NULL CHECK (place IN (1, 2)),
    store    BLOB    NOT NULL,
    staff    TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    handed   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (customer, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX looks_after_by_staff ON looks_after (store, staff);

-- A leaver's customers, and to whom each went; undone, they are hers or his again.
CREATE TABLE handover (
    customer   BLOB    NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    store      BLOB    NOT NULL,
    from_staff TEXT    NOT NULL,
    to_staff   TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    undone_day INTEGER,
    PRIMARY KEY (customer, place, store, from_staff, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX handover_by_staff ON handover (store, from_staff, day);

-- Tasks that went along, so that undoing finds them.
CREATE TABLE handover_task (
    task       INTEGER NOT NULL REFERENCES task (id),
    store      BLOB    NOT NULL,
    from_staff TEXT    NOT NULL,
    to_staff   TEXT    NOT NULL,
    day        INTEGER NOT NULL,
    PRIMARY KEY (task, day)
) STRICT, WITHOUT ROWID;

-- A file that was drawn for checking, and what the check found.
CREATE TABLE file_check (
    customer BLOB    NOT NULL REFERENCES customer (id) ON DELETE CASCADE,
    quarter  INTEGER NOT NULL,
    valid    INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    PRIMARY KEY (customer, quarter)
) STRICT, WITHOUT ROWID;

-- A wedding, a child's birthday: the date closed under her key, the day on which it is next in clear.
CREATE TABLE life_date (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    customer     BLOB    NOT NULL REFERENCES customer (id),
    kind         TEXT    NOT NULL,
    date         BLOB    NOT NULL,
    next_day     INTEGER NOT NULL,
    text_version TEXT    NOT NULL,
    author       TEXT    NOT NULL,
    at_ms        INTEGER NOT NULL,
    UNIQUE (customer, kind)
) STRICT;
CREATE INDEX life_date_by_day ON life_date (next_day);

-- Questions to customers; published only after staff have filled them in themselves.
CREATE TABLE survey (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    title        TEXT    NOT NULL,
    made_ms      INTEGER NOT NULL,
    published_ms INTEGER
) STRICT;

CREATE TABLE survey_question (
    survey    INTEGER NOT NULL REFERENCES survey (id),
    number    INTEGER NOT NULL,
    text      TEXT    NOT NULL,
    sensitive TEXT,
    allowed   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (survey, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE survey_trial (
    survey  INTEGER NOT NULL REFERENCES survey (id),
    staff   TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL,
    answers TEXT    NOT NULL,
    PRIMARY KEY (survey, staff)
) STRICT, WITHOUT ROWID;

-- What a feedback is about: value, system or people.
CREATE TABLE feedback_tag (
    feedback INTEGER PRIMARY KEY REFERENCES feedback (id),
    tag      TEXT    NOT NULL CHECK (tag IN ('value', 'system', 'people'))
) STRICT;

-- Whose row, and which day of a store, is to be made anew.
CREATE TABLE figure_due (customer BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE figure_day_due (
    store BLOB    NOT NULL,
    day   INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER figure_person_came AFTER INSERT ON due_person BEGIN
    INSERT INTO figure_due VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_day_came AFTER INSERT ON due_day BEGIN
    INSERT INTO figure_day_due VALUES (NEW.store, NEW.day) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_consent_came AFTER INSERT ON consent BEGIN
    INSERT INTO figure_due VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_referral_came AFTER INSERT ON referral BEGIN
    INSERT INTO figure_due VALUES (NEW.newcomer) ON CONFLICT DO NOTHING;
    INSERT INTO figure_due VALUES (NEW.referrer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_task_done AFTER UPDATE OF state ON task WHEN NEW.state = 'done' BEGIN
    INSERT INTO figure_due VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_feedback_came AFTER INSERT ON feedback WHEN NEW.customer IS NOT NULL BEGIN
    INSERT INTO figure_due VALUES (NEW.customer) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_tier_changed AFTER INSERT ON person BEGIN
    INSERT INTO figure_due SELECT NEW.customer WHERE NEW.tier IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM looks_after WHERE customer = NEW.customer AND place = 2)
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER figure_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM figure_person WHERE customer = NEW.id;
    DELETE FROM looks_after WHERE customer = NEW.id;
    DELETE FROM handover WHERE customer = NEW.id;
    DELETE FROM file_check WHERE customer = NEW.id;
    DELETE FROM life_date WHERE customer = NEW.id;
END;
-- An import that was undone takes its sales back.
CREATE TRIGGER figure_sale_gone AFTER DELETE ON sale BEGIN
    INSERT INTO due_day VALUES (OLD.store, OLD.day) ON CONFLICT DO NOTHING;
    INSERT INTO due_person SELECT OLD.customer WHERE OLD.customer IS NOT NULL ON CONFLICT DO NOTHING;
END;
-- End of figures.
-- What there was before is counted once.
INSERT INTO figure_due SELECT id FROM customer WHERE root IS NULL AND identity IS NOT NULL;
INSERT INTO figure_day_due SELECT DISTINCT store, day FROM sale;

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

CREATE TRIGGER message_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM message_opt WHERE customer = NEW.id;
    UPDATE message SET state = 'held', reason = 'erased'
        WHERE customer = NEW.id AND state = 'queued';
    UPDATE message SET gateway = NULL WHERE customer = NEW.id;
END;
-- End of messages.

-- What the pages and the win-back list read of the models: one row a customer, made anew each night.
-- Chances in thousandths, purchases in thousandths of one, `value` in minor units: within 12 weeks.
CREATE TABLE forecast (
    customer  BLOB    PRIMARY KEY REFERENCES customer (id),
    alive     INTEGER NOT NULL,
    comes     INTEGER NOT NULL,
    purchases INTEGER NOT NULL,
    value     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX forecast_by_value ON forecast (value, customer);
CREATE TRIGGER forecast_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM forecast WHERE customer = NEW.id;
END;
-- Lists of tasks and cases over all stores.
CREATE INDEX task_by_due ON task (due, id) WHERE state = 'open';
CREATE INDEX complaint_by_opening ON complaint (state, opened_ms, id);
-- End of forecasts and lists.

CREATE INDEX message_by_day ON message (day, store);
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
