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

PRAGMA user_version = 5;
COMMIT;
