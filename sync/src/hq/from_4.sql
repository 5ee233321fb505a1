-- From layout 4 to 5.
BEGIN;

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

PRAGMA user_version = 5;
COMMIT;
