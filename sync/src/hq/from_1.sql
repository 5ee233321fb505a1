-- What layout 2 has and layout 1 had not. A step forward only.
BEGIN;

ALTER TABLE customer ADD COLUMN root BLOB REFERENCES customer (id);
CREATE INDEX customer_by_root ON customer (root) WHERE root IS NOT NULL;

ALTER TABLE sale_item ADD COLUMN colour TEXT;
ALTER TABLE sale_item ADD COLUMN size TEXT;

CREATE TABLE fact (
    customer BLOB    NOT NULL REFERENCES customer (id),
    field    TEXT    NOT NULL,
    item     BLOB    NOT NULL,
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    said     TEXT    NOT NULL CHECK (said IN ('told', 'refused', 'forgotten')),
    value    BLOB,
    PRIMARY KEY (customer, field, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE referral (
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    newcomer BLOB    NOT NULL REFERENCES customer (id),
    referrer BLOB    NOT NULL REFERENCES customer (id),
    day      INTEGER NOT NULL,
    undone   INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX referral_by_newcomer ON referral (newcomer);
CREATE INDEX referral_by_referrer ON referral (referrer);

CREATE TABLE merge (
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    kept     BLOB    NOT NULL REFERENCES customer (id),
    absorbed BLOB    NOT NULL REFERENCES customer (id),
    why      TEXT    NOT NULL,
    undone   INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_by_kept ON merge (kept);
CREATE INDEX merge_by_absorbed ON merge (absorbed);

CREATE TABLE staff (
    stream   INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    customer BLOB    NOT NULL REFERENCES customer (id),
    is_staff INTEGER NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_by_customer ON staff (customer);

PRAGMA user_version = 2;
COMMIT;
