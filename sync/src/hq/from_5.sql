-- From layout 5 to 6.
BEGIN;

-- Figures read a customer's sales from this index alone.
DROP INDEX sale_by_customer;
CREATE INDEX sale_by_customer ON sale (customer, day, wall_ms, store, kind, counts, total, associate,
    cashier, noted) WHERE customer IS NOT NULL;

PRAGMA user_version = 6;
COMMIT;
