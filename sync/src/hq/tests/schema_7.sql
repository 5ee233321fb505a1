-- HQ's tables. Times are milliseconds since 1970-01-01 UTC, amounts whole minor units, identifiers
-- 16-byte blobs. An event's place is (stream, seq); a stream is one (terminal, epoch), numbered in the
-- order in which HQ first heard of it. `said_ms` is when a word was said, as far as can be told: the last one
-- stands, of the same moment the one of the later stream. A list's words have 0.

CREATE TABLE hq (
    one               INTEGER PRIMARY KEY CHECK (one = 1),
    name              TEXT    NOT NULL,
    epoch             BLOB    NOT NULL,
    care_n            INTEGER NOT NULL,
    currency_exponent INTEGER NOT NULL,
    policy            BLOB    NOT NULL
) STRICT;

CREATE TABLE store (
    id   BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE contact (
    store BLOB NOT NULL REFERENCES store (id),
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (store, key)
) STRICT;

CREATE TABLE terminal (
    id          BLOB PRIMARY KEY,
    store       BLOB    NOT NULL REFERENCES store (id),
    till        TEXT    NOT NULL,
    signing     BLOB    NOT NULL,
    sealing_id  INTEGER NOT NULL,
    sealing     BLOB    NOT NULL,
    software    TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('active', 'revoked', 'frozen')),
    fork_at     INTEGER,
    enrolled_ms INTEGER NOT NULL,
    seen_ms     INTEGER
) STRICT;

-- What a till's own keys are wrapped under, closed under the master key: see `release`.
CREATE TABLE release_key (
    terminal BLOB PRIMARY KEY REFERENCES terminal (id),
    wrapped  BLOB    NOT NULL,
    made_ms  INTEGER NOT NULL
) STRICT;

-- Who asked for its release key and what it was told; once per nonce.
CREATE TABLE release_asked (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    terminal BLOB    NOT NULL REFERENCES terminal (id),
    nonce    BLOB    NOT NULL,
    asked_ms INTEGER NOT NULL,
    answer   TEXT    NOT NULL CHECK (answer IN ('made', 'given', 'revoked', 'frozen', 'none')),
    UNIQUE (terminal, nonce)
) STRICT;

CREATE TABLE enrol_code (
    token_hash BLOB PRIMARY KEY,
    store      BLOB    NOT NULL REFERENCES store (id),
    expires_ms INTEGER NOT NULL,
    used_by    BLOB REFERENCES terminal (id)
) STRICT;

CREATE TABLE stream (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    terminal BLOB    NOT NULL REFERENCES terminal (id),
    epoch    BLOB    NOT NULL,
    mark     INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    folded   INTEGER NOT NULL DEFAULT 0,
    fork_at  INTEGER,
    -- The till's epoch before it, whose words have the same numbers here.
    words_as_in BLOB,
    -- When its last folded word was said.
    said_ms  INTEGER NOT NULL DEFAULT 0,
    UNIQUE (terminal, epoch)
) STRICT;

-- `sealed` may be destroyed; `hash` stays, so that the chain can still be checked.
CREATE TABLE ledger (
    stream      INTEGER NOT NULL REFERENCES stream (id),
    seq         INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    sealed      BLOB,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    terminal    BLOB    NOT NULL REFERENCES terminal (id),
    digest      BLOB    NOT NULL,
    reason      TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (terminal, digest)
) STRICT;

CREATE TABLE set_aside (
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    reason TEXT    NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- `id` is a keyed hash of her number; without key and identity the row is a tombstone. `root` is the
-- number that she is found under now, if this is one of hers besides: see `merge`.
CREATE TABLE customer (
    id           BLOB PRIMARY KEY,
    wrapped_key  BLOB,
    identity     BLOB,
    named_stream INTEGER NOT NULL DEFAULT 0,
    named_seq    INTEGER NOT NULL DEFAULT 0,
    root         BLOB REFERENCES customer (id),
    named_ms     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX customer_by_root ON customer (root) WHERE root IS NOT NULL;

-- What she told about herself, closed under her key; `item` tells several answers to one field apart.
CREATE TABLE fact (
    customer BLOB    NOT NULL REFERENCES customer (id),
    field    TEXT    NOT NULL,
    item     BLOB    NOT NULL,
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    said     TEXT    NOT NULL CHECK (said IN ('told', 'refused', 'forgotten')),
    value    BLOB,
    said_ms  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (customer, field, item)
) STRICT, WITHOUT ROWID;

-- Who brought whom, as tills said it; which word stands is found when it is asked for.
CREATE TABLE referral (
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    newcomer BLOB    NOT NULL REFERENCES customer (id),
    referrer BLOB    NOT NULL REFERENCES customer (id),
    day      INTEGER NOT NULL,
    undone   INTEGER NOT NULL,
    said_ms  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX referral_by_newcomer ON referral (newcomer);
CREATE INDEX referral_by_referrer ON referral (referrer);

-- Numbers that are one person's, as tills said it; `customer.root` is computed anew from all of them.
CREATE TABLE merge (
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    kept     BLOB    NOT NULL REFERENCES customer (id),
    absorbed BLOB    NOT NULL REFERENCES customer (id),
    why      TEXT    NOT NULL,
    undone   INTEGER NOT NULL,
    said_ms  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_by_kept ON merge (kept);
CREATE INDEX merge_by_absorbed ON merge (absorbed);

CREATE TABLE staff (
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    customer BLOB    NOT NULL REFERENCES customer (id),
    is_staff INTEGER NOT NULL,
    said_ms  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_by_customer ON staff (customer);

CREATE TABLE customer_store (
    store    BLOB    NOT NULL REFERENCES store (id),
    customer BLOB    NOT NULL REFERENCES customer (id),
    n        INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (store, customer)
) STRICT, WITHOUT ROWID;

-- What the event said (own_*), and what stands after all remarks on it.
CREATE TABLE sale (
    stream          INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    store           BLOB    NOT NULL REFERENCES store (id),
    kind            TEXT    NOT NULL,
    receipt_no      TEXT,
    printed_at      INTEGER,
    wall_ms         INTEGER NOT NULL,
    day             INTEGER NOT NULL,
    till            TEXT,
    cashier         TEXT,
    associate       TEXT,
    item_count      INTEGER,
    subtotal        INTEGER,
    discount        INTEGER,
    tax             INTEGER,
    change          INTEGER,
    noted           INTEGER NOT NULL,
    typing_ds       INTEGER,
    own_total       INTEGER NOT NULL,
    own_known       TEXT    NOT NULL,
    own_asked       TEXT    NOT NULL,
    own_counts      INTEGER NOT NULL,
    own_customer    BLOB REFERENCES customer (id),
    total           INTEGER NOT NULL,
    known           TEXT    NOT NULL,
    asked           TEXT    NOT NULL,
    customer        BLOB REFERENCES customer (id),
    voided          INTEGER NOT NULL DEFAULT 0,
    counts          INTEGER NOT NULL,
    original_stream INTEGER,
    original_seq    INTEGER,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
-- With all that her sums, her figures and who stays away are made of: a night reads this index alone.
CREATE INDEX sale_by_customer ON sale (customer, day, wall_ms, store, kind, counts, total, associate,
    cashier, noted) WHERE customer IS NOT NULL;
CREATE INDEX sale_by_receipt ON sale (store, receipt_no);
CREATE INDEX sale_by_original ON sale (original_stream, original_seq)
    WHERE original_stream IS NOT NULL;

CREATE TABLE sale_item (
    stream     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    line       INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    qty_milli  INTEGER NOT NULL,
    amount     INTEGER NOT NULL,
    unit_price INTEGER,
    discount   INTEGER,
    style      TEXT,
    colour     TEXT,
    size       TEXT,
    PRIMARY KEY (stream, seq, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE sale_tender (
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    line   INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    amount INTEGER NOT NULL,
    label  TEXT,
    PRIMARY KEY (stream, seq, line)
) STRICT, WITHOUT ROWID;

-- What was said later about a sale, by place or by receipt number; the sale may arrive after it.
CREATE TABLE remark (
    stream          INTEGER NOT NULL,
    seq             INTEGER NOT NULL,
    store           BLOB    NOT NULL REFERENCES store (id),
    wall_ms         INTEGER NOT NULL,
    target_stream   INTEGER,
    target_seq      INTEGER,
    target_no       TEXT,
    kind            TEXT    NOT NULL CHECK (kind IN ('attribution', 'amend', 'void', 'return')),
    asked           TEXT,
    customer        BLOB REFERENCES customer (id),
    amount          INTEGER,
    original_stream INTEGER,
    original_seq    INTEGER,
    original_no     TEXT,
    said_ms         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX remark_by_place ON remark (target_stream, target_seq);
CREATE INDEX remark_by_receipt ON remark (store, target_no);
CREATE INDEX remark_by_original_place ON remark (original_stream, original_seq);
CREATE INDEX remark_by_original_receipt ON remark (store, original_no);

CREATE TABLE consent (
    stream       INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    customer     BLOB    NOT NULL REFERENCES customer (id),
    purpose      TEXT    NOT NULL,
    given        INTEGER NOT NULL,
    text_version TEXT    NOT NULL,
    cashier      TEXT,
    said_ms      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE gap (
    stream     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    boot       TEXT    NOT NULL,
    first_slip INTEGER NOT NULL,
    last_slip  INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE report (
    stream     INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    printed_at INTEGER,
    count      INTEGER,
    total      INTEGER,
    till       TEXT,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- Receipts that a till must have printed and nobody has; numbers one a line.
CREATE TABLE missing (
    stream         INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    bridge         TEXT    NOT NULL,
    day            INTEGER NOT NULL,
    numbers        TEXT    NOT NULL,
    count          INTEGER NOT NULL,
    reported       INTEGER,
    captured       INTEGER,
    reported_total INTEGER,
    captured_total INTEGER,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

-- What a till said of a task, word for word; the note is closed under her key.
CREATE TABLE outcome (
    stream      INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    task        INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    likes       INTEGER,
    comfortable INTEGER,
    washing     INTEGER,
    next        INTEGER,
    done_by     TEXT,
    reason      TEXT,
    note        BLOB,
    wall_ms     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE look (
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    who    TEXT    NOT NULL,
    task   INTEGER,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;

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

-- Arrivals: the days on which a store's own tills sold, so that its usual weekdays are known.
CREATE TABLE store_day (
    store BLOB    NOT NULL REFERENCES store (id),
    day   INTEGER NOT NULL,
    PRIMARY KEY (store, day)
) STRICT, WITHOUT ROWID;

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
-- and within the 90 before; `year_*` within the last 365. `hard`, `soft`: fields filled. `next_day`:
-- when the edge of one of these windows reaches a sale of hers.
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
    soft       INTEGER NOT NULL,
    next_day   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX person_by_spend ON person (spend, customer);
CREATE INDEX person_by_next_day ON person (next_day);

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
-- Another policy stands from the next night on, for everybody.
CREATE TRIGGER policy_changed AFTER UPDATE OF policy ON hq BEGIN
    UPDATE person SET next_day = 0;
    DELETE FROM walk;
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
CREATE INDEX feedback_by_customer ON feedback (customer) WHERE customer IS NOT NULL;

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
    satisfied INTEGER,
    style     TEXT
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

-- What every till was told of each style; one without words is known no more.
CREATE TABLE style (
    code     TEXT    PRIMARY KEY,
    n        INTEGER NOT NULL,
    category TEXT,
    fibre    TEXT,
    care     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX style_by_n ON style (n);
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
    value     INTEGER NOT NULL,
    last_day  INTEGER,
    store     BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX forecast_by_value ON forecast (value, customer, last_day, store);
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

-- Pages of figures: new files by quarter and who made them, made anew each night; which files were drawn
-- for checking; and the orders in which lists are read.
CREATE TABLE figure_file (
    quarter  INTEGER NOT NULL,
    store    BLOB    NOT NULL,
    staff    TEXT    NOT NULL,
    files    INTEGER NOT NULL,
    invalid  INTEGER NOT NULL,
    percents INTEGER NOT NULL,
    PRIMARY KEY (quarter, store, staff)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_draw (
    quarter INTEGER PRIMARY KEY,
    seed    TEXT    NOT NULL,
    size    INTEGER NOT NULL,
    by      TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL
) STRICT;

CREATE INDEX file_check_by_quarter ON file_check (quarter, customer);
CREATE INDEX figure_person_by_maker ON figure_person (reg_store, reg_day, reg_staff, valid)
    WHERE reg_day IS NOT NULL;
CREATE INDEX figure_person_by_home ON figure_person (home, class, net) WHERE home IS NOT NULL;
CREATE INDEX task_by_store_and_closing ON task (store, closed_day) WHERE closed_day IS NOT NULL;
CREATE INDEX outcome_by_task ON outcome (task);
CREATE INDEX complaint_request_by_case ON complaint_request (complaint);
CREATE INDEX complaint_by_store ON complaint (store, state, opened_ms, id);
CREATE INDEX feedback_unanswered ON feedback (opened_ms, id) WHERE answered_ms IS NULL;
CREATE INDEX feedback_answered ON feedback (opened_ms, id) WHERE answered_ms IS NOT NULL;
CREATE INDEX feedback_by_store ON feedback (store, opened_ms, id);
-- End of pages of figures.

-- When planning messages has to look at her again, in hours of the shop's calendar; 0: something changed.
-- What concerned everybody at the last look, and how far all of them were marked since.
CREATE TABLE message_look (
    customer BLOB    PRIMARY KEY,
    hour     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_look_by_hour ON message_look (hour, customer);
CREATE TABLE message_round (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    hour     INTEGER NOT NULL,
    concerns TEXT    NOT NULL,
    after    BLOB
) STRICT;
CREATE TRIGGER message_person_came AFTER INSERT ON due_person BEGIN
    INSERT INTO message_look VALUES (NEW.customer, 0) ON CONFLICT (customer) DO UPDATE SET hour = 0;
END;
CREATE TRIGGER message_consent_came AFTER INSERT ON consent BEGIN
    INSERT INTO message_look VALUES (NEW.customer, 0) ON CONFLICT (customer) DO UPDATE SET hour = 0;
END;
CREATE TRIGGER message_consent_gone AFTER DELETE ON consent BEGIN
    INSERT INTO message_look VALUES (OLD.customer, 0) ON CONFLICT (customer) DO UPDATE SET hour = 0;
END;
CREATE TRIGGER message_opted AFTER INSERT ON message_opt BEGIN
    INSERT INTO message_look VALUES (NEW.customer, 0) ON CONFLICT (customer) DO UPDATE SET hour = 0;
END;
CREATE TRIGGER message_left_alone AFTER INSERT ON desk_left_alone BEGIN
    INSERT INTO message_look VALUES (NEW.customer, 0) ON CONFLICT (customer) DO UPDATE SET hour = 0;
END;
-- End of whom messages look at.

-- What her tier brought her on her birthday, as tills said; and whom hand-outs belong to.
CREATE TABLE birthday_given (
    customer BLOB    NOT NULL REFERENCES customer (id),
    day      INTEGER NOT NULL,
    store    BLOB    NOT NULL REFERENCES store (id),
    by       TEXT    NOT NULL,
    PRIMARY KEY (customer, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX gift_given_by_customer ON gift_given (customer);
CREATE INDEX benefit_given_by_customer ON benefit_given (customer);
CREATE INDEX reward_given_by_customer ON reward_given (customer);
CREATE INDEX umbrella_by_customer ON umbrella (customer) WHERE customer IS NOT NULL;
CREATE TRIGGER birthday_erased AFTER UPDATE OF identity ON customer WHEN NEW.identity IS NULL BEGIN
    DELETE FROM birthday_given WHERE customer = NEW.id;
END;
-- End of birthdays.

-- What receipts call a style of which somebody said something, and complaints about one.
CREATE TABLE style_name (
    style TEXT PRIMARY KEY,
    name  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_by_style ON complaint (style) WHERE style IS NOT NULL;
-- End of opinions.
