-- From layout 5 to 6.
BEGIN;

-- Figures read a customer's sales from this index alone.
DROP INDEX sale_by_customer;
CREATE INDEX sale_by_customer ON sale (customer, day, wall_ms, store, kind, counts, total, associate,
    cashier, noted) WHERE customer IS NOT NULL;

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

ALTER TABLE consent ADD COLUMN cashier TEXT;

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

ALTER TABLE complaint ADD COLUMN style TEXT;
-- What receipts call a style of which somebody said something, and complaints about one.
CREATE TABLE style_name (
    style TEXT PRIMARY KEY,
    name  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_by_style ON complaint (style) WHERE style IS NOT NULL;
-- End of opinions.

-- Lists of whom to win back are read along the index of forecasts alone; the next night fills it.
DELETE FROM forecast;
ALTER TABLE forecast ADD COLUMN last_day INTEGER;
ALTER TABLE forecast ADD COLUMN store BLOB;
DROP INDEX forecast_by_value;
CREATE INDEX forecast_by_value ON forecast (value, customer, last_day, store);

-- A till's new epoch says what the numbers of the one before meant.
ALTER TABLE stream ADD COLUMN words_as_in BLOB;

PRAGMA user_version = 6;
COMMIT;
