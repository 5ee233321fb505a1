-- Layout 4. See store.rs for what may not stand here in clear.
BEGIN;

-- Small things that are remembered: cursor, HQ's sealing key, tier policy.
CREATE TABLE memo (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

-- One life of the outbox of one terminal: drawn anew when the database is made, restored or
-- cloned, and when the box is enrolled anew.
CREATE TABLE epoch (
    epoch        BLOB PRIMARY KEY,
    terminal     BLOB NOT NULL,
    begun_ms     INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL DEFAULT 0,
    last_hash    BLOB NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Events on their way to HQ, sealed to its key: nobody here can open them.
CREATE TABLE outbox (
    epoch  BLOB NOT NULL REFERENCES epoch (epoch),
    seq    INTEGER NOT NULL,
    prev   BLOB NOT NULL,
    sealed BLOB NOT NULL,
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;

-- What events of an epoch name by number, sealed.
CREATE TABLE word (
    epoch  BLOB NOT NULL REFERENCES epoch (epoch),
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (epoch, number)
) WITHOUT ROWID;

-- Slips that were taken: a bridge tells them again until it hears so.
CREATE TABLE slip (
    boot INTEGER NOT NULL,
    slip INTEGER NOT NULL,
    PRIMARY KEY (boot, slip)
) WITHOUT ROWID;

-- Sales of this till, as far as looking back needs them; who bought is a pseudonym.
CREATE TABLE sale (
    epoch      BLOB NOT NULL,
    seq        INTEGER NOT NULL,
    bridge     TEXT NOT NULL,
    receipt_no TEXT,
    day        INTEGER NOT NULL,
    printed_s  INTEGER,
    amount     INTEGER NOT NULL,
    counts     INTEGER NOT NULL,
    customer   BLOB,
    asked      INTEGER NOT NULL,
    taken_day  INTEGER NOT NULL,
    tenders    BLOB NOT NULL,
    PRIMARY KEY (epoch, seq)
) WITHOUT ROWID;
CREATE INDEX sale_by_customer ON sale (customer) WHERE customer IS NOT NULL;
CREATE INDEX sale_by_receipt ON sale (receipt_no) WHERE receipt_no IS NOT NULL;

-- Customers of this store, sealed; found by pseudonym. `root` is the number that one is found under
-- now which was hers before; `stale` is set while a snapshot is coming in.
CREATE TABLE customer (
    id        INTEGER PRIMARY KEY,
    pseudonym BLOB NOT NULL UNIQUE,
    hq_id     BLOB UNIQUE,
    root      BLOB,
    marks     INTEGER,
    stale     INTEGER NOT NULL DEFAULT 0,
    sealed    BLOB NOT NULL
);
CREATE INDEX customer_by_root ON customer (root) WHERE root IS NOT NULL;
CREATE INDEX customer_stale ON customer (id) WHERE stale = 1;

-- Up to which event of which till HQ has counted: many customers share one set.
CREATE TABLE mark_set (
    id    INTEGER PRIMARY KEY,
    marks BLOB NOT NULL
);

-- What was sold without advice on how to wash and keep it.
CREATE TABLE uncared (
    item     TEXT NOT NULL,
    style    TEXT NOT NULL,
    count    INTEGER NOT NULL,
    last_day INTEGER NOT NULL,
    PRIMARY KEY (item, style)
) WITHOUT ROWID;

-- What the store's other tills sold today and to whom, as they told; HQ's word replaces it.
CREATE TABLE peer_sale (
    terminal BLOB NOT NULL,
    epoch    BLOB NOT NULL,
    seq      INTEGER NOT NULL,
    said     INTEGER NOT NULL,
    customer BLOB,
    day      INTEGER NOT NULL,
    amount   INTEGER NOT NULL,
    taken    INTEGER NOT NULL,
    PRIMARY KEY (terminal, epoch, seq)
) WITHOUT ROWID;
CREATE INDEX peer_sale_by_customer ON peer_sale (customer) WHERE customer IS NOT NULL;

-- The last papers, sealed under a key of their hour, which is destroyed after 48 hours.
CREATE TABLE hour_key (
    hour   INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
);
CREATE TABLE paper (
    id        INTEGER PRIMARY KEY,
    hour      INTEGER NOT NULL,
    sale_epoch BLOB,
    sale_seq  INTEGER,
    sealed    BLOB NOT NULL
);

-- What HQ asks people to do, sealed; within it the number lies under a seal of its own, which opens
-- for one task and for a minute.
CREATE TABLE task (
    id     INTEGER PRIMARY KEY,
    due    INTEGER NOT NULL,
    hq_id  BLOB,
    sealed BLOB NOT NULL
);
CREATE INDEX task_by_customer ON task (hq_id) WHERE hq_id IS NOT NULL;

-- Tasks that were done here: a list that HQ made before it heard so does not bring them back.
CREATE TABLE task_done (
    id  INTEGER PRIMARY KEY,
    day INTEGER NOT NULL
);

PRAGMA user_version = 4;
COMMIT;
