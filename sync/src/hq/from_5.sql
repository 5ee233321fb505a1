-- From layout 5 to 6.
BEGIN;

PRAGMA user_version = 6;
COMMIT;
