-- From layout 4 to 5.
BEGIN;

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
