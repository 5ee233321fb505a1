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

PRAGMA user_version = 5;
COMMIT;
